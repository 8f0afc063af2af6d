using Quartz;
using Quartz.Extensibility;
using Quartz.Impl.AdoJobStore;

namespace NnService.Api.Data.PostgreSql;

/// <summary>
/// The scheduler's tables. What is fired once more, since the node that had it has died, is due when it was due before: Quartz would have it due from when it
/// was fired, behind everything that waits (decision 79).
/// </summary>
internal sealed class PostgreSqlSchedule : PostgreSQLDelegate
{
    public override async ValueTask<int> InsertTrigger(
        ConnectionAndTransactionHolder conn, IOperableTrigger trigger, StoredTriggerState state, IJobDetail jobDetail, CancellationToken cancellationToken = default)
    {
        if (trigger.Key.Group == SchedulerConstants.DefaultRecoveryGroup && await OriginalOf(conn, trigger, cancellationToken) is { } original)
        {
            (trigger.StartTimeUtc, trigger.MisfireInstructionCode) = (original.StartTimeUtc, original.MisfireInstructionCode);
            trigger.ComputeFirstFireTimeUtc(null);
        }

        return await base.InsertTrigger(conn, trigger, state, jobDetail, cancellationToken);
    }

    // Until what it has fired has come to its end, it stays where it was.
    private ValueTask<IOperableTrigger?> OriginalOf(ConnectionAndTransactionHolder connection, IOperableTrigger recovery, CancellationToken cancellation) =>
        SelectTrigger(
            connection,
            new TriggerKey(
                recovery.JobDataMap.GetString(SchedulerConstants.FailedJobOriginalTriggerName)!,
                recovery.JobDataMap.GetString(SchedulerConstants.FailedJobOriginalTriggerGroup)!),
            cancellation);
}
