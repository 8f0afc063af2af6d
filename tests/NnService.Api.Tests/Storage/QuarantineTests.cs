using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Storage;

namespace NnService.Api.Tests.Storage;

/// <summary>How long files stay in quarantine.</summary>
public sealed class QuarantineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 18, 0, 0, TimeSpan.Zero));
    private readonly DataFolder _data;
    private readonly Quarantine _quarantine;

    public QuarantineTests()
    {
        _data = DataFolder.Open(Path.Combine(_folder.Path, "data"));
        _quarantine = new Quarantine(_data, new QuarantineAge(30), _clock, NullLogger<Quarantine>.Instance);
    }

    private string Place => Path.Combine(_data.Path, "quarantine");

    private IEnumerable<string> Kept => Directory.EnumerateFiles(Place, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Place, file)).Order();

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_file_stays_for_the_days_that_are_set_whatever_its_own_time_is()
    {
        var upload = Write("upload", _clock.GetUtcNow().AddYears(-1));
        _quarantine.Take([upload], "no row names it");
        var inQuarantine = Path.Combine(Place, "2026-03-01", "upload");
        File.SetLastWriteTimeUtc(inQuarantine, _clock.GetUtcNow().UtcDateTime.AddYears(-1)); // as where it belongs to another user

        _quarantine.DeleteOld();
        Assert.Equal("upload", File.ReadAllText(inQuarantine));
        Assert.StartsWith("1 file is in quarantine", _quarantine.Says(), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(30));
        _quarantine.DeleteOld();
        Assert.True(File.Exists(inQuarantine)); // the day has not been over for so long
        _clock.Advance(TimeSpan.FromHours(7));
        _quarantine.DeleteOld();
        Assert.False(Directory.Exists(Path.GetDirectoryName(inQuarantine)));
        Assert.Null(_quarantine.Says());
    }

    [Fact]
    public void Copies_stay_as_long()
    {
        var copy = Assert.Single(_quarantine.Copy(Write("nnservice.db", _clock.GetUtcNow().AddYears(-1))));

        _quarantine.DeleteOld();

        Assert.Equal(Path.Combine(Place, "2026-03-01", "nnservice.db.20260301T180000"), copy);
        Assert.Equal("nnservice.db", File.ReadAllText(copy));
    }

    [Fact]
    public void What_older_versions_have_put_there_goes_by_its_own_time_and_what_others_have_stays()
    {
        Directory.CreateDirectory(Path.Combine(Place, "notes"));
        Write("quarantine/old", _clock.GetUtcNow().AddDays(-31));
        Write("quarantine/young", _clock.GetUtcNow().AddDays(-29));
        Write("quarantine/notes/own", _clock.GetUtcNow().AddYears(-1));

        _quarantine.DeleteOld();

        Assert.Equal([Path.Combine("notes", "own"), "young"], Kept);
    }

    private string Write(string name, DateTimeOffset at)
    {
        var path = Path.Combine(_data.Path, name);
        File.WriteAllText(path, Path.GetFileName(name));
        File.SetLastWriteTimeUtc(path, at.UtcDateTime);
        return path;
    }
}
