using NnService.Api;
using NnService.Api.Health;

return args switch
{
    ["healthcheck", .. var rest] => await HealthCheckCommand.RunAsync(rest),
    ["--help" or "-h" or "help", ..] => Usage.Print(Console.Out, 0),
    ["--version" or "version", ..] => Usage.PrintVersion(Console.Out),
    ["quickstart", .. var rest] => await Service.RunAsync(rest, isQuickstart: true),
    [[not '-', ..] unknown, ..] => Usage.Print(Console.Error, 2, $"There is no command \"{unknown}\"."),
    _ => await Service.RunAsync(args, isQuickstart: false),
};

/// <summary>Named for the tests' host.</summary>
public partial class Program;
