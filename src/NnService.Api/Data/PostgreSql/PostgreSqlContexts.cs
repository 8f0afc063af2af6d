using Microsoft.EntityFrameworkCore;

namespace NnService.Api.Data.PostgreSql;

/// <summary>Gives the contexts of PostgreSQL to whoever asks for the service's.</summary>
internal sealed class PostgreSqlContexts(IDbContextFactory<PostgreSqlContext> contexts) : IDbContextFactory<AppDbContext>
{
    public AppDbContext CreateDbContext() => contexts.CreateDbContext();
}
