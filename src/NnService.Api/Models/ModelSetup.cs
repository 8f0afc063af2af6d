using NnService.Api.Models.Evaluations;
using NnService.Api.Models.Exports;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Models;

internal static class ModelSetup
{
    public static void AddModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(ModelLimits.Of(builder.Configuration));
        builder.Services.AddSingleton<ModelStore>();
        builder.Services.AddSingleton<ModelEvaluation>();
        builder.Services.AddSingleton<ModelImportance>();
        builder.Services.AddSingleton<StoredRows>();
        builder.Services.AddSingleton<PostedTable>();
        builder.Services.AddSingleton<ModelExport>();
        builder.Services.AddSingleton<PredictionAnswers>();
        builder.Services.AddSingleton<RequestRows>();
        builder.Services.AddSingleton<PredictEndpoint>();
    }
}
