namespace NnService.Api.Tests.Soak;

/// <summary>How a hostile request ended: what is counted, and what was wrong about it (null: nothing).</summary>
internal sealed record Outcome(string Name, string? Fault)
{
    /// <summary>An answer with a status. One of 500 and above is a fault, and so is one that shows the inside of the service.</summary>
    public static Outcome Of(int status, string text)
    {
        var leak = new[] { "System.", "NnService.", "   at ", "NaN" }.FirstOrDefault(word => status >= 400 && text.Contains(word, StringComparison.Ordinal));
        var fault = status >= 500 ? $"{status} {text}" : leak is null ? null : $"\"{leak}\" in the answer {text}";
        return new Outcome(status.ToString(), fault is { Length: > 400 } ? fault[..400] : fault);
    }

    /// <summary>The caller left before the answer was whole, as it meant to.</summary>
    public static readonly Outcome Left = new("left", null);

    /// <summary>The server closed the connection, which it may do to a caller that breaks HTTP.</summary>
    public static readonly Outcome Closed = new("closed", null);
}
