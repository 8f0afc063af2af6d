using System.Data.Common;

namespace NnService.Api.Errors;

/// <summary>The connection to the database was lost in the middle of a transaction: nobody knows whether anything of it was done.</summary>
/// <param name="found">What the provider has said of a transaction without a connection, in words of its own.</param>
internal sealed class ConnectionLostException(Exception found) : DbException("The connection to the database was lost.", found);
