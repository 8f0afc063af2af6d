namespace NnService.Engine.Data;

/// <summary>One thing wrong with a specification.</summary>
/// <param name="Pointer">JSON pointer relative to the specification, such as <c>/train</c>; empty for the whole of it.</param>
/// <param name="Detail">A whole sentence that says what to change.</param>
public sealed record SpecProblem(string Pointer, string Detail)
{
    /// <summary>A name as a token of a JSON pointer (RFC 6901).</summary>
    public static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
