using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace NnService.Api.Observability;

/// <summary>
/// An event as one line of JSON. Control characters above U+007F and the like, which JSON may hold as they are, stand escaped too: the line may end in a
/// terminal all the same.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    private readonly JsonFormatter _json = new(closingDelimiter: "", renderMessage: true);

    /// <inheritdoc />
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter();
        _json.Format(logEvent, line);
        output.WriteLine(TerminalLines.Escape(line.ToString())); // outside of strings there is none of them
    }
}
