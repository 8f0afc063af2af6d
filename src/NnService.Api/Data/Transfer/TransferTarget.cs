using NnService.Api.Errors;

namespace NnService.Api.Data.Transfer;

/// <summary>A database that rows are moved into.</summary>
/// <param name="Engine">Its engine.</param>
/// <param name="Open">A context on it.</param>
/// <param name="Failures">Tells what its failures mean.</param>
internal sealed record TransferTarget(DatabaseEngine Engine, Func<AppDbContext> Open, DatabaseFailures Failures);
