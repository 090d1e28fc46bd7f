using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weft.Cluster;

/// <summary>Values are JSON, so that an operator can read them with the store's own tools.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ElectionTerm))]
[JsonSerializable(typeof(Ownership))]
[JsonSerializable(typeof(PortBlockHolder))]
internal sealed partial class ClusterJson : JsonSerializerContext
{
    /// <summary>Reads a value; null if it is not what it should be, as when an operator or a newer version wrote it.</summary>
    public static T? Read<T>(StoreEntry? entry) where T : class
    {
        try
        {
            return entry is null ? null : (T?)JsonSerializer.Deserialize(entry.Value.Span, typeof(T), Default);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static byte[] Write<T>(T value) where T : class => JsonSerializer.SerializeToUtf8Bytes(value, typeof(T), Default);
}
