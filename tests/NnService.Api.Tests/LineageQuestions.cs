using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace NnService.Api.Tests;

/// <summary>Whether each question for lineages of models was asked within a write.</summary>
internal sealed class LineageQuestions : DbCommandInterceptor
{
    private readonly ConcurrentQueue<bool> _asked = new();

    public IEnumerable<bool> AreAskedInWrite => _asked;

    public void Forget() => _asked.Clear();

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        if (command.CommandText.Contains("\"Lineage\"", StringComparison.Ordinal))
            _asked.Enqueue(eventData.Context?.Database.CurrentTransaction is not null);
        return result;
    }
}
