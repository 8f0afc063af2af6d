namespace NnService.Api.Errors;

/// <summary>What a failure of the database means, as its engine reads it.</summary>
/// <param name="Kind">What can be done about it.</param>
/// <param name="Reason">Why the database cannot be used, as a clause.</param>
internal sealed record DatabaseFault(DatabaseFaultKind Kind, string Reason)
{
    /// <summary>Why a start cannot go on, in a sentence.</summary>
    /// <param name="database">What the database is called.</param>
    public string Explain(string database) => Kind == DatabaseFaultKind.Damaged
        ? $"The database {database} is damaged. Put the data folder back from a backup; or, to begin anew, move it away."
        : $"The database {database} cannot be used: {Reason}.";
}

/// <summary>The kinds of failures that are told apart.</summary>
internal enum DatabaseFaultKind
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>Somebody else has it locked; later it may go.</summary>
    Busy,

    /// <summary>It does not answer: its server is down, starts, or cannot be reached; later it may be.</summary>
    Unreachable,

    /// <summary>It cannot be opened or written: rights, or no file handle left.</summary>
    Inaccessible,

    /// <summary>There is no room left on its disk.</summary>
    Full,

    /// <summary>What is read is not what was written.</summary>
    Damaged,
}
