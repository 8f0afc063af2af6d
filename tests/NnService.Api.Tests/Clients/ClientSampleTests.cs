using System.Diagnostics;
using NnService.Api.Tests.Inference.Clients;

namespace NnService.Api.Tests.Clients;

/// <summary>The programs that docs/clients.md prints are the ones that run here. The one in TypeScript is compiled and run by tests/Clients/run.</summary>
public sealed class ClientSampleTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ServiceHere _service = null!;

    public async Task InitializeAsync() => _service = await ServiceHere.Start(_folder.Path);

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _service.Dispose();
        _folder.Dispose();
    }

    private string Url => _service.Wire.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    [Theory]
    [InlineData("tests/NnService.Api.Tests/Clients/MainJob.cs", "csharp")]
    [InlineData("tests/Clients/main_job.py", "python")]
    [InlineData("tests/Clients/main-job.ts", "typescript")]
    public void The_page_prints_the_program(string file, string language)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "clients.md"));

        Assert.Contains($"```{language}\n{File.ReadAllText(Path.Combine(Repository.Root, file))}```", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_one_in_C_sharp_does_the_main_job()
    {
        var output = new StringWriter();
        await MainJob.RunAsync(Url, output);

        AssertKnowsTheLine(output.ToString());
    }

    [PythonFact]
    public async Task The_one_in_Python_does_the_main_job()
    {
        using var python = Process.Start(
            new ProcessStartInfo("python3", [Path.Combine(Repository.Root, "tests", "Clients", "main_job.py"), Url]) { RedirectStandardOutput = true })!;
        var output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();

        Assert.Equal(0, python.ExitCode);
        AssertKnowsTheLine(output);
    }

    private static void AssertKnowsTheLine(string output)
    {
        var figures = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line.Split(": ")[1])).ToArray();
        Assert.InRange(figures[0], 0.9, 1); // R²
        Assert.InRange(figures[1], 23, 27); // of 2 · 12 + 1
    }
}
