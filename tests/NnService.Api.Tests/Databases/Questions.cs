using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace NnService.Api.Tests.Databases;

/// <summary>Notes what the requests of a service ask its database, and not what it does beside them.</summary>
internal sealed class Questions : DbCommandInterceptor, IStartupFilter
{
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly AsyncLocal<bool> _isRequest = new();

    public IReadOnlyList<string> Asked => [.. _asked];

    public void Forget() => _asked.Clear();

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(following => context =>
        {
            _isRequest.Value = true;
            return following(context);
        });
        next(app);
    };

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        if (_isRequest.Value)
            _asked.Enqueue(command.CommandText);
        return result;
    }
}
