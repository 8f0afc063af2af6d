using System.Diagnostics;
using System.Text.RegularExpressions;

namespace NnService.Api.Tests;

/// <summary>What <c>docker/compose.yaml</c> starts with the profile <c>prometheus</c>, for an image that asks everybody for a key.</summary>
public sealed partial class PrometheusProfileTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "docker");

    [Fact]
    public void Prometheus_is_given_the_key_that_it_sends()
    {
        var compose = File.ReadAllText(Path.Combine(s_folder, "compose.yaml"));
        var secret = Credentials().Match(File.ReadAllText(Path.Combine(s_folder, "prometheus.yaml"))).Groups[1].Value;
        var file = Regex.Match(compose, $@"^secrets:\n(?:  #.*\n)*  {secret}:\n    file: \./(\S+)$", RegexOptions.Multiline).Groups[1].Value;

        Assert.Equal("prometheus_key", secret);
        Assert.Matches($@"(?m)^  prometheus:\n(    .*\n)*    secrets:\n      - {secret}\n", compose);
        Assert.Matches($@"(?m)^#.* > docker/{Regex.Escape(file)}$", compose); // the command that makes it
        Assert.Contains($"/docker/{file}", File.ReadAllLines(Path.Combine(Repository.Root, ".gitignore"))); // and nobody publishes it
    }

    [ProgramFact("promtool", "prometheus")]
    public async Task Prometheus_takes_its_configuration()
    {
        string[] arguments = ["check", "config", "--syntax-only", Path.Combine(s_folder, "prometheus.yaml")];
        using var check = Process.Start(new ProcessStartInfo("promtool", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await check.StandardError.ReadToEndAsync();
        await check.WaitForExitAsync();

        Assert.True(check.ExitCode == 0, said);
    }

    [GeneratedRegex(@"^    authorization:\n      credentials_file: /run/secrets/(\S+)$", RegexOptions.Multiline)]
    private static partial Regex Credentials();
}
