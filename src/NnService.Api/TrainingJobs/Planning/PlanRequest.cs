using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What a plan is to be made of.</summary>
/// <param name="Asked">What was asked for, its own limits checked.</param>
/// <param name="Network">The network asked for; null: one that suits the task.</param>
/// <param name="Start">The model to start from; null: none.</param>
/// <param name="Table">The dataset.</param>
/// <param name="IsNew">Whether the job is being made, and the table is searched for what would spoil it; a stored job has its warnings.</param>
internal sealed record PlanRequest(TrainingConfiguration Asked, NetworkSpec? Network, WarmStart? Start, Table Table, bool IsNew);
