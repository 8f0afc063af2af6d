using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Tests;

/// <summary>Settings that do not exist, and the program's words on the command line.</summary>
public sealed partial class SettingTests
{
    [Theory]
    [InlineData("--Trainig:ThreadsPerJob=2", "There is no setting Trainig:ThreadsPerJob. Did you mean \"Training:ThreadsPerJob\"? README.md lists them all.")]
    [InlineData("--Data:Folder=/data", "There is no setting Data:Folder. README.md lists them all.")]
    [InlineData("--Kestrel:Limits:MaxRequestBodySze=1000", "There is no setting Kestrel:Limits:MaxRequestBodySze. Did you mean \"Kestrel:Limits:MaxRequestBodySize\"? "
        + "README.md lists them all.")]
    [InlineData("--Kestrel:Limits:KeepAliveTimeout=00:01:00", "There is no setting Kestrel:Limits:KeepAliveTimeout. README.md lists them all.")] // the server's, but not read
    [InlineData("--threads=2", "There is no setting threads. Did you mean \"Training:ThreadsPerJob\"? README.md lists them all.")]
    public async Task A_setting_that_does_not_exist_is_told_at_the_start_with_the_nearest(string setting, string says)
    {
        using var folder = new TemporaryFolder();
        var (exitCode, error) = await ProgramHere.RunToEnd(folder.Path, setting);

        Assert.Equal(1, exitCode);
        Assert.Equal(says, error.Trim());
    }

    [Theory]
    [InlineData("--Serilog:MinimumLevel:Default=Loud", "A setting of Serilog cannot be read: The value Loud is not a valid Serilog level.")]
    [InlineData("--Webhooks:AllowedHosts=user@host", "Webhooks:AllowedHosts has \"user@host\"; write names of hosts in full, with a port or without, "
        + "as in hooks.example.com;10.0.0.7:8080.")]
    [InlineData("--Webhooks:AllowedHosts=host:99999", "Webhooks:AllowedHosts has \"host:99999\"; write names of hosts in full, with a port or without, "
        + "as in hooks.example.com;10.0.0.7:8080.")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=nowhere", "The setting OTEL_EXPORTER_OTLP_ENDPOINT is \"nowhere\"; it must be an address such as http://localhost:4317.")]
    [InlineData("--OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=nowhere",
        "The setting OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is \"nowhere\"; it must be an address such as http://localhost:4317.")]
    public async Task One_that_cannot_be_read_is_told_in_a_sentence(string setting, string says)
    {
        using var folder = new TemporaryFolder();
        var (exitCode, error) = await ProgramHere.RunToEnd(folder.Path, "--WarmUp:Enabled=false", setting);

        Assert.Equal(1, exitCode);
        Assert.Equal(says, error.Trim());
    }

    [Theory]
    [InlineData("--Data:Path=/a", "b")]
    [InlineData("--Data:Path", "/a", "b")]
    [InlineData("Data:Path=/a", "b")]
    public void A_word_that_belongs_to_no_setting_is_told(params string[] arguments)
    {
        var refused = Assert.Throws<StartException>(() => SettingNames.RefuseUnknown(Settings("PATH"), arguments));

        Assert.Equal("\"b\" is no setting; settings are written --Name=value, a value with spaces in quotes, and a command stands in front of them.", refused.Message);
    }

    [Theory]
    [InlineData("Training:ThreadPerJob", "Training:ThreadsPerJob")] // in a section of the service
    [InlineData("Trainig:ThreadsPerJob", "Training:ThreadsPerJob")] // beside one
    [InlineData("Kestrel:Limit:MaxConcurrentConnections", "Kestrel:Limits:MaxConcurrentConnections")]
    public void One_from_the_environment_or_a_file_is_told_where_it_looks_like_the_service_s(string wrong, string nearest)
    {
        var refused = Assert.Throws<StartException>(() => SettingNames.RefuseUnknown(Settings(wrong), []));

        Assert.Equal($"There is no setting {wrong}. Did you mean \"{nearest}\"? README.md lists them all.", refused.Message);
    }

    [Theory]
    [InlineData("PATH")]
    [InlineData("Other:Program")] // from the environment of everybody
    [InlineData("Other:Training:ThreadsPerJob")]
    [InlineData("Kestrel:Limits:MaxRequestBodySize")]
    [InlineData("Kestrel:Limits:MaxConcurrentConnections")]
    [InlineData("Kestrel:Certificates:Default:Path")] // what the server reads itself
    [InlineData("Kestrel:Endpoints:Https:Certificate:Path")]
    [InlineData("Kestrel:EndpointDefaults:Protocols")]
    [InlineData("Serilog:MinimumLevel:Override:Microsoft")]
    [InlineData("Access:AllowedHosts:0")]
    [InlineData("training:threadsperjob")]
    public void What_others_set_and_what_exists_is_left_alone(string name) => SettingNames.RefuseUnknown(Settings(name), []);

    [Fact]
    public void Every_setting_stands_in_the_README_and_every_one_there_exists()
    {
        var root = Repository.Root;
        var inReadme = Row().Matches(File.ReadAllText(Path.Combine(root, "README.md"))).Select(row => row.Groups[1].Value).ToHashSet();

        Assert.Empty(SettingNames.Own.Except(inReadme));
        Assert.Empty(inReadme.Where(name => !name.StartsWith("Serilog", StringComparison.Ordinal)).Except(SettingNames.Own));
    }

    [Fact]
    public void Every_setting_that_the_code_reads_is_known()
    {
        var code = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "NnService.Api"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText);
        var read = code.SelectMany(text => Read().Matches(text)).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.True(read.Count > 10, $"{read.Count} settings were found in the code.");
        Assert.Empty(read.Except(SettingNames.Own));
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        using var folder = new TemporaryFolder();
        var output = new StringWriter();

        Assert.Equal(0, Usage.PrintVersion(output));
        Assert.Matches(@"^NnService \d+\.\d+\.\d+ on \.NET 10\.", output.ToString());
        Assert.Equal((0, ""), await ServiceProcess.RunToEnd(folder.Path, "version"));
    }

    [Fact]
    public async Task A_stop_says_what_it_waits_for()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceHere.Start(folder.Path);
        await service.Wire.Upload("heights", "toy_heights.csv");
        var job = (await service.Wire.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json;
        await service.Wire.Until((string)job["id"]!, "running");

        await service.Stop();

        Assert.Contains(service.SaidSoFar(), line => line.Contains("a training job saves where it is and goes on at the next start", StringComparison.Ordinal));
    }

    private static IConfiguration Settings(string name) =>
        new ConfigurationBuilder().AddInMemoryCollection([new KeyValuePair<string, string?>(name, "1")]).Build();

    [GeneratedRegex(@"^\| `([A-Z][A-Za-z]+(?::[A-Za-z0-9]+)+)`", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"(?<!\$)""((?:Access|Data|Datasets|Inference|Kestrel:Limits|Limits|Proxy|Retention|Storage|Training|WarmUp|Webhooks)(?::[A-Z][A-Za-z0-9]+)+)""")]
    private static partial Regex Read();
}
