using NnService.Api.Http;

namespace NnService.Api;

/// <summary>What the program can be called with.</summary>
internal static class Usage
{
    private const string Text = """
        NnService, the neural-network service that shows its work.

          NnService.Api [settings]              start the service on http://localhost:5080 with its data under ./data
          NnService.Api quickstart [settings]   start it, and walk through the main job
          NnService.Api healthcheck [url]       exit with 0 where a service is ready, with 1 otherwise
          NnService.Api backup FILE [settings]  write a backup of the data folder, also while the service runs on it
          NnService.Api restore FILE [settings] put a backup into an empty data folder
          NnService.Api check [--fix] [settings]
                                                look through the data folder of a stopped service; --fix mends what can be
          NnService.Api migrate-to "CONNECTION STRING" [settings]
                                                move the rows of a stopped service's data folder into an empty PostgreSQL database
          NnService.Api --version               print which version this is
          NnService.Api keys create --name NAME --scopes read,predict [--expires-at 2027-01-31] [settings]
          NnService.Api keys list | keys revoke ID [settings]
          NnService.Api audit verify [HASH] [settings]      exit with 0 where the audit log is as it was written

        Settings, for example: --urls http://localhost:8080  --Data:Path=/var/lib/nnservice  --Training:ThreadsPerJob=2
        README.md lists them all.
        """;

    /// <summary>Prints the version of the service, and of the runtime it runs on; returns the exit code.</summary>
    public static int PrintVersion(TextWriter to)
    {
        to.WriteLine($"NnService {ServiceVersion.Text} on .NET {Environment.Version}");
        return 0;
    }

    /// <summary>Prints it, below a complaint if there is one; returns the exit code.</summary>
    public static int Print(TextWriter to, int exitCode, string? complaint = null)
    {
        if (complaint is not null)
            to.WriteLine(complaint + Environment.NewLine);
        to.WriteLine(Text);
        return exitCode;
    }
}
