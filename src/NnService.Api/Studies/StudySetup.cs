using NnService.Api.Studies.Folds;
using NnService.Api.Studies.Planning;
using NnService.Api.Studies.Running;

namespace NnService.Api.Studies;

/// <summary>Registers what studies need, and what takes them on in the background.</summary>
internal static class StudySetup
{
    public static void AddStudies(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<StudyClock>();
        services.AddSingleton<NewStudies>();
        services.AddSingleton<CreateStudy>();
        services.AddSingleton<StudyControl>();
        services.AddSingleton<StudyHalving>();
        services.AddSingleton<StudySteps>();
        services.AddSingleton<StudyEnd>();
        services.AddSingleton<StudyEnsembles>();
        services.AddSingleton<FoldMetrics>();
        services.AddSingleton<OutOfFold>();
        services.AddSingleton<DeleteStudy>();
        services.AddHostedService<StudyRunner>();
    }
}
