using System.Net;

namespace NnService.Api.Tests.Damage;

/// <summary>
/// Each kind of damage to each kind of file. It is noticed, the health check names it, nothing damaged is served, nothing that may be the last copy goes, and
/// what can be mended by putting a file back is mended by it.
/// </summary>
public abstract class DamagedFolder : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    protected string Folder => _folder;

    protected string Database => Path.Combine(_folder, "nnservice.db");

    protected string Log => Database + "-wal";

    protected string Blobs => Path.Combine(_folder, "blobs");

    protected string Quarantine => Path.Combine(_folder, "quarantine");

    /// <summary>What is in quarantine, of whatever day.</summary>
    /// <param name="pattern">Names.</param>
    protected string[] Quarantined(string pattern = "*") =>
        Directory.Exists(Quarantine) ? Directory.GetFiles(Quarantine, pattern, SearchOption.AllDirectories) : [];

    protected List<string> Checkpoints => [.. Directory.GetFiles(Path.Combine(_folder, "checkpoints")).Where(file => Path.GetExtension(file) != ".tmp")];

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static List<string> Reasons(Answer health) => [.. health.Json["reasons"]!.AsArray().Select(reason => (string)reason!)];

    /// <summary>A folder with uploads, and then no end in good order, so that the log holds them.</summary>
    /// <param name="count">How many, of two rows each.</param>
    /// <param name="terminate">Whether there is an end in good order all the same.</param>
    protected Task Uploads(int count, bool terminate = false) => PreparedFolder.Copy(
        $"{count} uploads, {terminate}",
        _folder,
        async wire =>
        {
            for (var i = 0; i < count; i++)
                await Upload(wire, i);
        },
        isKilled: !terminate);

    /// <summary>The dataset <c>d</c> and its number.</summary>
    protected static async Task Upload(Wire wire, int number) =>
        Assert.Equal(HttpStatusCode.Created, (await wire.PostCsv($"datasets?name=d{number}", $"a,b\n{number},2\n3,4\n")).Status);

    /// <summary>Puts the file back that was copied to <c>backup</c>.</summary>
    protected void PutBack(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        File.Copy(Path.Combine(_folder, "backup"), path, overwrite: true);
    }

    protected static void Damage(string path, string damage)
    {
        if (damage is "removed" or "a directory")
            File.Delete(path);
        if (damage == "a directory")
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(path).FullName, "somebody's"), "");
        if (damage is "removed" or "a directory")
            return;
        if (damage == "cut short")
            Truncate(path, new FileInfo(path).Length / 2);
        else
            Flip(path, new FileInfo(path).Length / 2);
    }

    protected static void Flip(string path, long position)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = position;
        var value = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(value ^ 1));
    }

    protected static void Truncate(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(length);
    }
}
