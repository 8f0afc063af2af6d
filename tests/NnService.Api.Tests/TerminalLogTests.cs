using System.Text.Json;
using NnService.Api.Observability;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace NnService.Api.Tests;

/// <summary>What a caller sends cannot forge a line of the log, nor steer the terminal that shows it.</summary>
public sealed class TerminalLogTests
{
    [Theory]
    [InlineData("a\nb", "a\\u000ab")]
    [InlineData("\r12:00:00 INF forged", "\\u000d12:00:00 INF forged")]
    [InlineData("\u001b[2J\u0007", "\\u001b[2J\\u0007")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("\u202eabc\u2028", "\\u202eabc\\u2028")]
    [InlineData("ordinary: Grüße, 数, 😀", "ordinary: Grüße, 数, 😀")]
    public void Control_characters_are_shown_and_not_obeyed(string text, string shown)
    {
        var (log, lines) = Terminal();

        log.Information("{Method} {Path} of {Names}", "GET", text, new[] { text, "b" });
        log.Information("{@Thing} {Other}", new { Name = text }, new Uri("http://a/?" + text, UriKind.RelativeOrAbsolute));

        Assert.StartsWith($"INF GET {shown} of [", lines.Text, StringComparison.Ordinal);
        Assert.Equal(2, lines.Text.Count(character => char.IsControl(character))); // the ends of both lines
    }

    [Fact]
    public void An_exception_stands_behind_its_event_and_looks_like_no_other()
    {
        var (log, lines) = Terminal();

        log.Error(new InvalidOperationException("bad\u001b[31m\nERR forged"), "Failed");

        Assert.StartsWith("ERR Failed\n  System.InvalidOperationException: bad\\u001b[31m\n  ERR forged", lines.Text, StringComparison.Ordinal);
        Assert.All(lines.Text.TrimEnd('\n').Split('\n').Skip(1), line => Assert.StartsWith("  ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_output_is_no_terminal_each_event_is_one_line_of_JSON()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-log-").FullName;
        try
        {
            using var service = await ServiceProcess.Start(folder);
            await service.Wire.Get("/forged%0A%1B[31m%C2%9B%E2%80%A8path");

            foreach (var said in (string[])[.. service.SaidBefore, service.ReadyLine])
                Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(said).RootElement.ValueKind);
            var line = await service.Line("forged");

            Assert.DoesNotContain(line, character => char.IsControl(character));
            var path = JsonDocument.Parse(line).RootElement.GetProperty("Properties").GetProperty("RequestPath").GetString();
            Assert.Equal("/forged\n\u001b[31m\u009b\u2028path", path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (Logger Log, Lines Lines) Terminal()
    {
        var lines = new Lines();
        return (TerminalLines.WriteTo(new LoggerConfiguration().WriteTo, terminal => terminal.Sink(lines)).CreateLogger(), lines);
    }

    private sealed class Lines : ILogEventSink
    {
        public string Text { get; private set; } = "";

        public void Emit(LogEvent logEvent)
        {
            using var written = new StringWriter { NewLine = "\n" };
            new MessageTemplateTextFormatter("{Level:u3} {Message:lj}{NewLine}{Exception}").Format(logEvent, written);
            Text += written.ToString();
        }
    }
}
