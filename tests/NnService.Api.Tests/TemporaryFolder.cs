using Microsoft.Data.Sqlite;

namespace NnService.Api.Tests;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nnservice-test-").FullName;

    public void Dispose() => Remove(Path);

    /// <summary>Removes a folder that a service has had, in this process or in another.</summary>
    public static void Remove(string folder) =>
        Assert.True(SpinWait.SpinUntil(() => IsRemoved(folder), TimeSpan.FromSeconds(20)), $"{folder} cannot be removed.");

    // A connection that is closed only now takes its files away in the middle of the removal.
    private static bool IsRemoved(string folder)
    {
        SqliteConnection.ClearAllPools();
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            return !Directory.Exists(folder);
        }

        return true;
    }
}
