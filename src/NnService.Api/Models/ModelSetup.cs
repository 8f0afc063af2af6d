namespace NnService.Api.Models;

internal static class ModelSetup
{
    public static void AddModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ModelStore>();
        builder.Services.AddScoped<ModelEvaluation>();
        builder.Services.AddSingleton<BatchPrediction>();
        builder.Services.AddSingleton<ModelExport>();
        builder.Services.AddSingleton<RowPrediction>();
    }
}
