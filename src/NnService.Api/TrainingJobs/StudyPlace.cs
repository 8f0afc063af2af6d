namespace NnService.Api.TrainingJobs;

/// <summary>A job's place in the study that it belongs to.</summary>
/// <param name="StudyId">The study.</param>
/// <param name="Trial">Which of its trials; null: none.</param>
/// <param name="HoldsAfter">The epoch after which it holds until the study lets it go on; null: none.</param>
internal sealed record StudyPlace(Guid StudyId, int? Trial, int? HoldsAfter);
