using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using NnService.Api.Errors;

namespace NnService.Api.Tests;

/// <summary>Loses the connection of a transaction around its commit, once.</summary>
/// <param name="loses">Whether it is the transaction that is meant.</param>
internal sealed class LostConnection(Func<DbContext, bool> loses) : DbTransactionInterceptor, IDbConnectionInterceptor
{
    private volatile bool _isAway;

    public Moment At { get; set; }

    /// <summary>Whether the database is away from then on.</summary>
    public bool StaysAway { get; set; }

    public void GoAway() => _isAway = true;

    public void ComeBack() => _isAway = false;

    public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
    {
        Lose(Moment.BeforeCommit, eventData);
        return result;
    }

    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Lose(Moment.BehindCommit, eventData);

    public InterceptionResult ConnectionOpening(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        _isAway ? throw Lost() : result;

    private void Lose(Moment moment, DbContextEventData eventData)
    {
        if (At != moment || !loses(eventData.Context!))
            return;
        (At, _isAway) = (Moment.None, StaysAway);
        throw Lost();
    }

    private static ConnectionLostException Lost() => new(new InvalidOperationException("lost"));
}

internal enum Moment
{
    None,
    BeforeCommit,
    BehindCommit,
}
