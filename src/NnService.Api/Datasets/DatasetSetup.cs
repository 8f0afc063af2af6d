namespace NnService.Api.Datasets;

internal static class DatasetSetup
{
    public static void AddDatasets(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DatasetTables>();
        builder.Services.AddScoped<DatasetUpload>();
    }
}
