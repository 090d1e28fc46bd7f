using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Weft.Host.Observe;

/// <summary>
/// Reads what a switch goes on with: state that was kept, and what a running one hands over. What may not be null is not, in lists neither, and
/// nothing is missing that has no default, and no time is one that a clock could not count, so that whoever uses it need not look. Anything else is no
/// such text.
/// </summary>
internal static class StrictJson
{
    /// <summary>A century and a half, which nanoseconds in 64 bits can still be added to or taken from.</summary>
    private const double MostSeconds = 5e9;

    private static readonly JsonSerializerOptions Options = new(SnapshotJson.Compact.Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = SnapshotJsonContext.Default.WithAddedModifier(RefuseWhatCannotBe),
    };

    /// <summary>How a type is read.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static void RefuseWhatCannotBe(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        // What the text does not name is null, whatever the type says.
        JsonPropertyInfo[] needed = [.. type.Properties.Where(property => property.Get is not null && !property.PropertyType.IsValueType && !property.IsGetNullable)];
        JsonPropertyInfo[] times = [.. type.Properties.Where(property => property.Get is not null && property.Name.EndsWith("Seconds", StringComparison.Ordinal)
            && (property.PropertyType == typeof(double) || property.PropertyType == typeof(double?)))];
        if (needed.Length + times.Length > 0)
        {
            type.OnDeserialized = read =>
            {
                Array.ForEach(needed, property => Check(property, property.Get!(read)));
                Array.ForEach(times, property => CheckTime(property, (double?)property.Get!(read)));
            };
        }
    }

    private static void CheckTime(JsonPropertyInfo property, double? seconds)
    {
        if (seconds is double value && !(Math.Abs(value) <= MostSeconds))
        {
            throw new JsonException($"{property.Name} is {value:g3}, which is no time");
        }
    }

    private static void Check(JsonPropertyInfo property, object? value)
    {
        if (value is null)
        {
            throw new JsonException($"{property.Name} is missing");
        }

        // A list of values that cannot be null is no sequence of objects.
        if (value is IEnumerable<object?> elements && elements.Contains(null))
        {
            throw new JsonException($"{property.Name} has an element that is null");
        }
    }
}
