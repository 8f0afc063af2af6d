using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace NnService.Api.Tests.Databases;

/// <summary>How SQLite looks for what a service asks it.</summary>
internal sealed class QueryPlans : DbCommandInterceptor
{
    private readonly ConcurrentQueue<(string Question, bool IsInWrite, string Plan)> _asked = new();

    public void Forget() => _asked.Clear();

    /// <summary>The plans of the questions that have each of some texts in them, and whether they were asked within a write.</summary>
    public IReadOnlyList<(bool IsInWrite, string Plan)> Of(params string[] texts) =>
    [
        .. _asked.Where(asked => texts.All(text => asked.Question.Contains(text, StringComparison.Ordinal))).Select(asked => (asked.IsInWrite, asked.Plan)),
    ];

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        using var explain = command.Connection!.CreateCommand();
        explain.Transaction = command.Transaction;
        explain.CommandText = $"EXPLAIN QUERY PLAN {command.CommandText}";
        foreach (DbParameter parameter in command.Parameters)
        {
            var same = explain.CreateParameter();
            (same.ParameterName, same.Value) = (parameter.ParameterName, parameter.Value);
            explain.Parameters.Add(same);
        }

        using var rows = explain.ExecuteReader();
        var plan = new List<string>();
        while (rows.Read())
            plan.Add(rows.GetString(3));
        _asked.Enqueue((command.CommandText, eventData.Context?.Database.CurrentTransaction is not null, string.Join('\n', plan)));
        return result;
    }
}
