using Microsoft.Data.Sqlite;
using NnService.Api.Data.Sqlite;

namespace NnService.Api.Tests;

public sealed class SqliteVersionTests
{
    [Theory]
    [InlineData("3.50.4")]
    [InlineData("3.51.2")]
    [InlineData("2.8.17")]
    [InlineData("")]
    public void An_SQLite_with_the_fault_of_the_log_s_reset_is_refused_in_words(string version)
    {
        var sentence = SqliteVersion.Refusal(version);

        Assert.StartsWith($"The SQLite that was loaded is version {version}; before 3.51.3 it can corrupt a database in use", sentence);
    }

    [Theory]
    [InlineData("3.51.3")]
    [InlineData("3.53.4")]
    [InlineData("4.0.0")]
    public void A_mended_SQLite_is_taken(string version) => Assert.Null(SqliteVersion.Refusal(version));

    [Fact]
    public void The_SQLite_that_comes_with_the_service_is_the_pinned_one()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();

        Assert.Equal("3.53.4", connection.ServerVersion);
    }
}
