using NnService.Api;
using NnService.Api.Access.Audit;
using NnService.Api.Access.Keys;
using NnService.Api.Health;
using NnService.Api.Keeping;

return args switch
{
    ["healthcheck", .. var rest] => await HealthCheckCommand.RunAsync(rest),
    ["--help" or "-h" or "help", ..] or [.., "--help" or "-h"] => Usage.Print(Console.Out, 0),
    ["--version" or "version", ..] => Usage.PrintVersion(Console.Out),
    ["quickstart", .. var rest] => await Service.RunAsync(rest, isQuickstart: true),
    ["keys", .. var rest] => await Service.RunOfflineAsync(KeysCommand.Parse(rest, out var complaint), complaint),
    ["audit", .. var rest] => await Service.RunOfflineAsync(AuditCommand.Parse(rest, out var complaint), complaint),
    ["backup", [not '-', ..] file, .. var rest] => await Service.RunCommandAsync(rest, services => KeepingCommands.BackUpAsync(file, services)),
    ["restore", [not '-', ..] file, .. var rest] => await Service.RunCommandAsync(rest, services => Task.FromResult(KeepingCommands.Restore(file, services))),
    ["migrate-to", [not '-', ..] target, .. var rest] => await Service.RunCommandAsync(
        rest, services => Task.FromResult(TransferCommand.Run(target, services))),
    ["migrate-to", ..] => Usage.Print(Console.Error, 2, "migrate-to needs a connection string of PostgreSQL, in quotes."),
    ["backup" or "restore", ..] => Usage.Print(Console.Error, 2, $"{args[0]} needs the name of a file."),
    ["check", .. var rest] => await Service.RunCommandAsync(
        [.. rest.Where(argument => argument != "--fix")], services => Task.FromResult(KeepingCommands.Check(rest.Contains("--fix"), services))),
    [[not '-', ..] unknown, ..] => Usage.Print(Console.Error, 2, $"There is no command \"{unknown}\"."),
    _ => await Service.RunAsync(args, isQuickstart: false),
};

/// <summary>Named for the tests' host.</summary>
public partial class Program;
