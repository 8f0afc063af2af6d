using System.Globalization;
using System.Text;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace NnService.Api.Observability;

/// <summary>
/// Passes events on to a terminal with what could steer it, or forge a line, made visible: control characters, marks of writing direction and line breaks
/// inside paths, names and messages stand as <c>\u001b</c>. Lines of an exception are indented, so that none looks like an event of its own.
/// </summary>
internal sealed class TerminalLines(ILogEventSink terminal) : ILogEventSink
{
    /// <summary>Puts it in front of a sink.</summary>
    public static LoggerConfiguration WriteTo(LoggerSinkConfiguration sinks, Action<LoggerSinkConfiguration> terminal) =>
        sinks.Sink(LoggerSinkConfiguration.Wrap(sink => new TerminalLines(sink), terminal));

    /// <inheritdoc />
    public void Emit(LogEvent logEvent) => terminal.Emit(new LogEvent(
        logEvent.Timestamp,
        logEvent.Level,
        logEvent.Exception is { } exception ? new ShownException(exception) : null,
        logEvent.MessageTemplate,
        logEvent.Properties.Select(property => new LogEventProperty(property.Key, Shown(property.Value)))));

    /// <summary>The text with an escape in the place of each character that is not to be printed.</summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsUnsafe))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var character in text)
            if (IsUnsafe(character))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                shown.Append(character);
        return shown.ToString();
    }

    private static bool IsUnsafe(char character) => char.IsControl(character)
        || char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static LogEventPropertyValue Shown(LogEventPropertyValue value) => value switch
    {
        ScalarValue { Value: string text } => new ScalarValue(Escape(text)),
        ScalarValue { Value: null or ValueType } => value,
        ScalarValue { Value: { } other } => new ScalarValue(Escape(Convert.ToString(other, CultureInfo.InvariantCulture) ?? "")),
        SequenceValue sequence => new SequenceValue(sequence.Elements.Select(Shown)),
        StructureValue structure =>
            new StructureValue(structure.Properties.Select(member => new LogEventProperty(member.Name, Shown(member.Value))), structure.TypeTag),
        DictionaryValue dictionary =>
            new DictionaryValue(dictionary.Elements.Select(entry => KeyValuePair.Create((ScalarValue)Shown(entry.Key), Shown(entry.Value)))),
        _ => value,
    };

    // Serilog writes an exception as its ToString().
    private sealed class ShownException(Exception inner) : Exception(inner.Message, inner)
    {
        public override string ToString() =>
            string.Join(Environment.NewLine, InnerException!.ToString().Split('\n').Select(line => $"  {Escape(line.TrimEnd('\r'))}"));
    }
}
