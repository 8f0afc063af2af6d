using System.Reflection;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>
/// The program in this process, from its command line to its exit code: commands, and starts that a setting forbids. That an exit code and the two streams
/// are those of a process is proven by a process (<see cref="ServiceProcess.RunCommand"/>), once for each command.
/// </summary>
internal static class ProgramHere
{
    private static readonly AsyncLocal<StringWriter?> s_output = new(), s_error = new();
    private static readonly MethodInfo s_main = typeof(Program).Assembly.EntryPoint!;

    // What others write meanwhile goes where it went.
    static ProgramHere()
    {
        Console.SetOut(new Junction(Console.Out, s_output));
        Console.SetError(new Junction(Console.Error, s_error));
    }

    /// <summary>Runs it to its end; values of its options stand behind an equals sign. A start that is not refused fails after a while.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> Run(string dataFolder, params string[] arguments)
    {
        var (output, error) = (s_output.Value, s_error.Value) = (new StringWriter(), new StringWriter());
        var all = ServiceProcess.ArgumentsWith(dataFolder, arguments);
        var exitCode = await Task.Run(() => (int)s_main.Invoke(null, [all])!).WaitAsync(Wire.Patience);
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The same where its output is of no interest.</summary>
    public static async Task<(int ExitCode, string Error)> RunToEnd(string dataFolder, params string[] arguments)
    {
        var (exitCode, _, error) = await Run(dataFolder, arguments);
        return (exitCode, error);
    }

    /// <summary>Goes to the writer of whoever is writing, where there is one.</summary>
    private sealed class Junction(TextWriter otherwise, AsyncLocal<StringWriter?> own) : TextWriter
    {
        public override Encoding Encoding => otherwise.Encoding;

        private TextWriter Now => own.Value ?? otherwise;

        public override void Write(char value) => Now.Write(value);

        public override void Write(char[] buffer, int index, int count) => Now.Write(buffer, index, count);

        public override void Write(string? value) => Now.Write(value);

        public override void Flush() => Now.Flush();
    }
}
