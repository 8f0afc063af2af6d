using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.Data.Sqlite;
using NnService.Api.Storage;

namespace NnService.Api.Tests.Damage;

/// <summary>The look at the database's pages, which a service's end breaks off.</summary>
public sealed class DatabaseCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void It_is_broken_off_at_any_moment()
    {
        using var folder = DataFolder.Open(_folder.Path);
        using (var connection = new SqliteConnection($"Data Source={folder.DatabaseFile};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE T (A)";
            command.ExecuteNonQuery();
        }

        var damage = new Errors.Damage(NullLogger<Errors.Damage>.Instance);
        for (var round = 0; round < 500; round++)
        {
            var check = new DatabaseCheck(folder, damage);
            var looking = new Thread(check.Run);
            looking.Start();
            Thread.SpinWait(round * 200); // from before it opens the database to after it has closed it
            check.Stop();
            looking.Join();
        }

        Assert.Empty(damage.Found);
    }

    public void Dispose() => _folder.Dispose();
}
