using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace NnService.Api.Data;

/// <summary>Stores a UTC time as its ticks, which sort.</summary>
internal sealed class UtcTicks() : ValueConverter<DateTime, long>(time => time.Ticks, ticks => new DateTime(ticks, DateTimeKind.Utc));
