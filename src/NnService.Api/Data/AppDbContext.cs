using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using NnService.Api.Access.Audit;
using NnService.Api.Access.Keys;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Models;
using NnService.Api.Networks;
using NnService.Api.Studies;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Lists;
using NnService.Api.Webhooks;

namespace NnService.Api.Data;

/// <summary>The database: every slice's rows, and the few questions that cross slices.</summary>
internal class AppDbContext : DbContext
{
    public AppDbContext(DbContextOptions<AppDbContext> options)
        : base(options)
    {
    }

    /// <summary>For an engine whose model differs, and which has migrations of its own.</summary>
    protected AppDbContext(DbContextOptions options)
        : base(options)
    {
    }

    public DbSet<NetworkDefinition> Networks => Set<NetworkDefinition>();

    public DbSet<Dataset> Datasets => Set<Dataset>();

    public DbSet<TrainingJob> TrainingJobs => Set<TrainingJob>();

    public DbSet<JobTransition> JobTransitions => Set<JobTransition>();

    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

    public DbSet<HistoryBlock> HistoryBlocks => Set<HistoryBlock>();

    public DbSet<JobFigure> JobFigures => Set<JobFigure>();

    public DbSet<Study> Studies => Set<Study>();

    public DbSet<StudyTrial> StudyTrials => Set<StudyTrial>();

    public DbSet<StudyEvent> StudyEvents => Set<StudyEvent>();

    public DbSet<Model> Models => Set<Model>();

    public DbSet<ModelVersion> ModelVersions => Set<ModelVersion>();

    public DbSet<ModelAlias> ModelAliases => Set<ModelAlias>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<Webhook> Webhooks => Set<Webhook>();

    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();

    /// <summary>What this write changes of what is kept in memory, here or on other nodes. That it changes which version a name, a number or an alias leads to,
    /// says whoever changes it.</summary>
    public News News => field ??= new News();

    /// <summary>Who needs what is to be deleted. Looked up once: a context is that of one read or write.</summary>
    public Needs Needs => field ??= new Needs(this);

    /// <summary>The ids of the studies that have not ended: what they answer and decide is made of their jobs.</summary>
    public IQueryable<Guid> UnendedStudies() => Studies.Where(study => study.EndedAt == null).Select(study => study.Id);

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        ChangeTracker.DetectChanges();
        ChangeTracker.AutoDetectChangesEnabled = false; // or they would be looked for twice more
        try
        {
            Gather(News);
            return base.SaveChanges(acceptAllChangesOnSuccess);
        }
        finally
        {
            ChangeTracker.AutoDetectChangesEnabled = true;
        }
    }

    // Of rows that are deleted without being read, whoever deletes them says so.
    private void Gather(News news)
    {
        foreach (var entry in ChangeTracker.Entries().Where(entry => entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted))
            switch (entry.Entity)
            {
                case TrainingJob job when TellsState(entry):
                    news.Jobs.Add(job.Id);
                    if (job.State == JobState.Queued && entry.State != EntityState.Deleted)
                        news.Queued.Add(job);
                    break;
                case TrainingJob job:
                    news.Points.Add(job.Id);
                    break;
                case Study study:
                    news.Jobs.Add(study.Id);
                    news.Studies = true;
                    break;
                case ApiKey:
                    news.Keys = true;
                    break;
                default:
                    break;
            }
    }

    private static bool TellsState(EntityEntry entry) => entry.State != EntityState.Modified
        || entry.Properties.Any(property => property.IsModified && property.Metadata.Name is
            nameof(TrainingJob.State) or nameof(TrainingJob.Requested) or nameof(TrainingJob.HoldsAfter) or nameof(TrainingJob.Attempt));

    protected override void OnModelCreating(ModelBuilder modelBuilder) => ApplyMappings(modelBuilder);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // Not every engine can order DateTimeOffset; ticks of UTC sort and keep every digit.
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcTicks>();
        configurationBuilder.Properties<JobState>().HaveConversion<string>();
        configurationBuilder.Properties<StopReason>().HaveConversion<string>();
        configurationBuilder.Properties<JobRequest>().HaveConversion<string>();
        configurationBuilder.Properties<StudyKind>().HaveConversion<string>();
        configurationBuilder.Properties<StudyStopReason>().HaveConversion<string>();
    }

    // One by one: to look for them in the assembly would load all its types, and the SDK of S3 with those that use it.
    private static void ApplyMappings(ModelBuilder builder)
    {
        var (models, jobs, webhooks) = (new ModelMapping(), new TrainingJobMapping(), new WebhookMapping());
        builder.ApplyConfiguration(new NetworkDefinitionMapping());
        builder.ApplyConfiguration(new DatasetMapping());
        builder.ApplyConfiguration<TrainingJob>(jobs);
        builder.ApplyConfiguration<JobTransition>(jobs);
        builder.ApplyConfiguration(new HistoryBlockMapping());
        builder.ApplyConfiguration(new JobFigureMapping());
        builder.ApplyConfiguration(new IdempotencyKeyMapping());
        builder.ApplyConfiguration(new StudyMapping());
        builder.ApplyConfiguration(new StudyTrialMapping());
        builder.ApplyConfiguration(new StudyEventMapping());
        builder.ApplyConfiguration<Model>(models);
        builder.ApplyConfiguration<ModelVersion>(models);
        builder.ApplyConfiguration<ModelAlias>(models);
        builder.ApplyConfiguration(new ApiKeyMapping());
        builder.ApplyConfiguration(new AuditEntryMapping());
        builder.ApplyConfiguration<Webhook>(webhooks);
        builder.ApplyConfiguration<WebhookDelivery>(webhooks);
    }
}
