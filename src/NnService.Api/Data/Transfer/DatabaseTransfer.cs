using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using NnService.Api.Errors;

namespace NnService.Api.Data.Transfer;

/// <summary>
/// Copies every row of one database into another that is empty, in one transaction: tables, rows with their numbers, and where numbers go on. Each table is
/// read back before the commit and must have the same rows; whatever ends it before leaves the other one empty.
/// </summary>
/// <param name="source">The engine of the rows.</param>
/// <param name="from">A context on them.</param>
/// <param name="target">Where they go.</param>
/// <param name="say">Is told what is done.</param>
internal sealed class DatabaseTransfer(DatabaseEngine source, AppDbContext from, TransferTarget target, Action<string> say)
{
    private const int RowsAtOnce = 50; // some are as large as a model

    private static readonly MethodInfo s_copy = typeof(DatabaseTransfer).GetMethod(nameof(Copy), BindingFlags.NonPublic | BindingFlags.Instance)!;

    /// <summary>Does it. Errors: <see cref="StartException"/> where the target is not empty, or does not give back what it was given.</summary>
    public void Run()
    {
        using var to = target.Open();
        using var transaction = to.Database.BeginTransaction();
        if (target.Engine.WriterLock is { } writer)
            Execute(to, writer);
        if (Ask(to, target.Engine.TableNames) is { Count: > 0 } there)
            throw new StartException(
                $"The database {target.Engine.Name} is not empty: it has {there.Count} {(there.Count == 1 ? "table" : "tables")}, "
                + $"among them {there.Min(StringComparer.Ordinal)}. Name a database without any.");
        Execute(to, WithoutTransactions(target.Engine.Schema.Script));
        foreach (var table in InOrder(from.Model.GetEntityTypes()))
            Invoke(to, table);
        transaction.Commit();
    }

    // Whatever others' rows refer to comes first.
    private static List<IEntityType> InOrder(IEnumerable<IEntityType> tables)
    {
        var (ordered, left) = (new List<IEntityType>(), tables.OrderBy(table => table.GetTableName(), StringComparer.Ordinal).ToList());
        while (left.Count > 0)
        {
            var next = left.First(table => table.GetForeignKeys().All(key => key.PrincipalEntityType == table || ordered.Contains(key.PrincipalEntityType)));
            ordered.Add(next);
            left.Remove(next);
        }

        return ordered;
    }

    private void Invoke(AppDbContext to, IEntityType table) => s_copy.MakeGenericMethod(table.ClrType).Invoke(
        this, BindingFlags.DoNotWrapExceptions, null, [to, table], null);

    private void Copy<TRow>(AppDbContext to, IEntityType table)
        where TRow : class
    {
        using var given = new TableDigest(table);
        using var taken = new TableDigest(table);
        foreach (var rows in InOrder(from.Set<TRow>().AsNoTracking(), table).AsEnumerable().Chunk(RowsAtOnce))
        {
            foreach (var row in rows)
                given.Add(row);
            to.AddRange(rows);
            to.SaveChanges();
            to.ChangeTracker.Clear();
        }

        GoOn(to, table);
        foreach (var row in InOrder(to.Set<TRow>().AsNoTracking(), table))
            taken.Add(row);
        var (name, sha256) = (table.GetTableName()!, given.Sha256());
        if (given.Rows != taken.Rows || sha256 != taken.Sha256())
            throw new StartException(
                $"Table {name} came back otherwise than it was written: {given.Rows} rows with SHA-256 {sha256}, and {taken.Rows} with {taken.Sha256()}. "
                + "Nothing was kept.");
        say($"{name}: {given.Rows} {(given.Rows == 1 ? "row" : "rows")}, SHA-256 {sha256} in both");
    }

    private void GoOn(AppDbContext to, IEntityType table)
    {
        var name = table.GetTableName()!;
        if (table.FindPrimaryKey()!.Properties is [{ ValueGenerated: ValueGenerated.OnAdd, Name: var column }])
            Execute(to, target.Engine.GoOnAfter(name, column, source.RowsEver(name)));
    }

    private static IQueryable<TRow> InOrder<TRow>(IQueryable<TRow> rows, IEntityType table)
    {
        var (row, expression, method) = (Expression.Parameter(typeof(TRow)), rows.Expression, nameof(Queryable.OrderBy));
        foreach (var column in table.FindPrimaryKey()!.Properties)
        {
            var key = Expression.Lambda(Expression.Property(row, column.PropertyInfo!), row);
            expression = Expression.Call(typeof(Queryable), method, [typeof(TRow), column.ClrType], expression, Expression.Quote(key));
            method = nameof(Queryable.ThenBy);
        }

        return rows.Provider.CreateQuery<TRow>(expression);
    }

    // The script of the migrations commits each of them.
    private static string WithoutTransactions(string script) =>
        string.Join('\n', script.ReplaceLineEndings("\n").Split('\n').Where(line => line is not ("START TRANSACTION;" or "BEGIN TRANSACTION;" or "COMMIT;")));

    private static void Execute(AppDbContext db, string sql)
    {
        using var command = CommandOf(db, sql);
        command.ExecuteNonQuery();
    }

    private static List<string> Ask(AppDbContext db, string sql)
    {
        using var command = CommandOf(db, sql);
        using var rows = command.ExecuteReader();
        var answers = new List<string>();
        while (rows.Read())
            answers.Add(rows.GetString(0));
        return answers;
    }

    private static DbCommand CommandOf(AppDbContext db, string sql)
    {
        var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        command.CommandText = sql;
        return command;
    }
}
