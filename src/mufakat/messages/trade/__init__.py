"""Trade documents: orders, invoices, credit notes, despatch advices and bills of lading, read into one shape."""
