using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Access.Keys;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Startup;

namespace NnService.Api.Tests;

/// <summary>How a node that hears nothing of the others, and must ask the database, looks keys up for many requests at once.</summary>
public sealed class KeyRingTests : IDisposable
{
    private const int Requests = 100;

    private readonly FakeTimeProvider _clock = new();
    private readonly SqliteConnection _database = new("Data Source=keys;Mode=Memory;Cache=Shared"); // as long as it is open
    private readonly SemaphoreSlim _begun = new(0), _goesOn = new(0);
    private readonly NewsFeed _news;
    private readonly KeyRing _ring;
    private readonly string _text;
    private bool _isAway;

    public KeyRingTests()
    {
        var node = Node.Of(new ConfigurationManager(), isAlone: false, _clock);
        node.Heard(0);
        Assert.True(node.IsDeaf);
        _news = new NewsFeed(node, NullLogger<NewsFeed>.Instance);
        _ring = new KeyRing(new PlainQueries(Open), new KeySettings(null, null, 1), node, _news, _clock);
        var id = Guid.NewGuid();
        _text = KeyText.New(id);
        _database.Open();
        Execute($"""
            CREATE TABLE ApiKeys (Number INTEGER, Id TEXT, Name TEXT, Scopes TEXT, Sha256 TEXT, ExpiresAt INTEGER);
            INSERT INTO ApiKeys VALUES (1, '{id}', 'one', 'read', '{KeyText.Sha256Of(_text)}', NULL)
            """);
    }

    public void Dispose()
    {
        _database.Dispose();
        _begun.Dispose();
        _goesOn.Dispose();
    }

    [Fact]
    public async Task All_who_wait_while_the_database_is_away_share_one_failure_and_the_next_second_has_it_at_once()
    {
        _isAway = true;
        var first = _ring.FindAsync(_text).AsTask();
        await Begin();
        var others = Many(); // no thread waits for them

        _goesOn.Release();
        foreach (var request in others.Prepend(first).Append(_ring.FindAsync(_text).AsTask()))
            await Assert.ThrowsAsync<StorageUnavailableException>(() => request.WaitAsync(Wire.Patience));
        Assert.Equal(0, _begun.CurrentCount); // nobody has asked the database again

        _isAway = false;
        _clock.Advance(TimeSpan.FromSeconds(1));
        _goesOn.Release();
        Assert.Equal("one", (await _ring.FindAsync(_text).AsTask().WaitAsync(Wire.Patience))!.Name);
    }

    [Fact]
    public async Task A_failure_is_nobodys_any_more_once_the_keys_have_been_read()
    {
        _goesOn.Release(2);
        Assert.NotNull(await _ring.FindAsync(_text).AsTask().WaitAsync(Wire.Patience));
        _isAway = true;
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _ring.FindAsync(_text).AsTask().WaitAsync(Wire.Patience));
        await Begin();
        await Begin();

        _isAway = false;
        _news.Tell(new News { Keys = true }); // so they are read, asked for or not
        await Begin();
        var within = _ring.FindAsync(_text).AsTask();
        _goesOn.Release(2);

        Assert.NotNull(await within.WaitAsync(Wire.Patience));
    }

    [Fact]
    public async Task Those_who_come_while_the_keys_are_read_share_the_read_after_it_and_see_what_was_revoked_before_they_came()
    {
        var first = _ring.FindAsync(_text).AsTask();
        await Begin();
        var others = Many();
        _goesOn.Release();
        Assert.NotNull(await first.WaitAsync(Wire.Patience));
        await Begin();
        Execute("DELETE FROM ApiKeys");
        var late = Many();

        _goesOn.Release(2);
        foreach (var request in others.Concat(late))
            Assert.Null(await request.WaitAsync(Wire.Patience));
        Assert.Equal(1, _begun.CurrentCount); // that of the late ones
    }

    [Fact]
    public void What_lets_nobody_in_asks_for_no_key()
    {
        Assert.Null(_ring.LastKnown(_text));
        Assert.Equal(0, _begun.CurrentCount);
    }

    private List<Task<KnownKey?>> Many() => [.. Enumerable.Range(0, Requests).Select(_ => _ring.FindAsync(_text).AsTask())];

    private async Task Begin() => Assert.True(await _begun.WaitAsync(Wire.Patience));

    private SqliteConnection Open()
    {
        _begun.Release();
        _goesOn.Wait();
        if (_isAway)
            throw new StorageUnavailableException("The database is away.");
        var connection = new SqliteConnection(_database.ConnectionString);
        connection.Open();
        return connection;
    }

    private void Execute(string sql)
    {
        using var command = _database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
