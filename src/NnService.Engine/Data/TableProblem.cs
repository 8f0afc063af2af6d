namespace NnService.Engine.Data;

/// <summary>One thing wrong with a table's source, in words that say what to change.</summary>
/// <param name="Line">1-based line of the file, or null where the source has no lines or the problem no place.</param>
/// <param name="Column">Name of the column, or null where the problem is not one column's.</param>
/// <param name="Detail">A whole sentence that names the place too.</param>
/// <param name="Pointer">JSON pointer into the body (<c>#/rows/3/1</c>), or null for sources other than JSON.</param>
public sealed record TableProblem(long? Line, string? Column, string Detail, string? Pointer = null);
