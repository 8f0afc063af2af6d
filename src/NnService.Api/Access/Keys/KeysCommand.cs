using System.Globalization;
using NnService.Api.Access.Audit;
using NnService.Api.Data;

namespace NnService.Api.Access.Keys;

/// <summary><c>NnService.Api keys create | list | revoke</c>, from the shell.</summary>
internal static class KeysCommand
{
    private const string Beside =
        "A running service does this itself, with an admin key: POST, GET and DELETE /api/v1/api-keys. Where no admin key is left, stop it first.";

    /// <summary>Reads the command line; null where it is wrong, with what is to be said of it.</summary>
    public static OfflineCommand? Parse(string[] args, out string? complaint)
    {
        complaint = null;
        switch (args)
        {
            case ["create", .. var rest]:
                var (name, scopes, expires) = (Take(ref rest, "name"), Take(ref rest, "scopes"), Take(ref rest, "expires-at"));
                if (!ScopeSet.TryParse(scopes ?? "", out var set))
                    complaint = (scopes is null ? "" : $"\"{scopes}\" is no list of scopes. ")
                        + "Say what the key may be used for, for example --scopes read,predict; there are read, predict, write and admin.";
                else if (TimeOf(expires) is { } expiresAt)
                    return new OfflineCommand(rest, (services, cancellation) => Create(services, name, set, expiresAt.Time, cancellation), Beside)
                    {
                        MakesFolder = true,
                    };
                complaint ??= $"\"{expires}\" is no time; write it as 2027-01-31 or 2027-01-31T12:00:00Z.";
                return null;
            case ["list", .. var rest]:
                return new OfflineCommand(rest, (services, _) => List(services), Beside);
            case ["revoke", var id, .. var rest] when Guid.TryParse(id, out var guid):
                return new OfflineCommand(rest, (services, cancellation) => Revoke(services, guid, cancellation), Beside);
            case ["revoke", ..]:
                complaint = "Name the key to be revoked by its id; keys list shows them.";
                return null;
            default:
                complaint = "keys takes create, list or revoke.";
                return null;
        }
    }

    // The key alone goes to the standard output, for scripts.
    private static async Task<int> Create(IServiceProvider services, string? name, ScopeSet scopes, DateTime? expiresAt, CancellationToken cancellation)
    {
        var store = services.GetRequiredService<KeyStore>();
        if (store.ProblemsOf(name, scopes.Members, expiresAt) is [var problem, ..])
        {
            await Console.Error.WriteLineAsync(problem.Detail);
            return 2;
        }

        ShellNote.Begin(services, $"keys create {scopes}");
        var (row, text) = await store.CreateAsync(name!, scopes, expiresAt, cancellation);
        await Console.Error.WriteLineAsync($"Key {row.Id} \"{row.Name}\" was made; it is shown this once:");
        Console.WriteLine(text);
        return 0;
    }

    private static Task<int> List(IServiceProvider services)
    {
        foreach (var key in services.GetRequiredService<KeyStore>().List())
            Console.WriteLine(
                $"{key.Id}  {ScopeSet.Of(key.Scopes),-24}  {Show("made", key.CreatedAt)}  {Show("expires", key.ExpiresAt)}  {Show("used", key.LastUsedAt)}  {key.Name}");
        return Task.FromResult(0);
    }

    private static async Task<int> Revoke(IServiceProvider services, Guid id, CancellationToken cancellation)
    {
        ShellNote.Begin(services, $"keys revoke {id}");
        if (await services.GetRequiredService<KeyStore>().RevokeAsync(id, cancellation))
            return 0;
        await Console.Error.WriteLineAsync($"There is no key {id}.");
        return 1;
    }

    private static string Show(string what, DateTime? time) => $"{what} {time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "never",-16}";

    private static (DateTime? Time, bool IsSaid)? TimeOf(string? text) => text is null ? (null, false)
        : DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? (time, true)
        : null;

    // "--name x" or "--name=x"; what is left are settings.
    private static string? Take(ref string[] args, string name)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i].StartsWith($"--{name}=", StringComparison.Ordinal))
            {
                var value = args[i][(name.Length + 3)..];
                args = [.. args[..i], .. args[(i + 1)..]];
                return value;
            }

            if (args[i] == $"--{name}" && i + 1 < args.Length)
            {
                var value = args[i + 1];
                args = [.. args[..i], .. args[(i + 2)..]];
                return value;
            }
        }

        return null;
    }
}
