using System.Text.Json.Serialization;
using Weft.Host.Datapath;

namespace Weft.Cli.Web;

/// <summary>Serializers of what only the web server says or hears, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Refusal))]
[JsonSerializable(typeof(ServerFacts))]
[JsonSerializable(typeof(TraceQuestion))]
[JsonSerializable(typeof(IReadOnlyList<RuleList>))]
[JsonSerializable(typeof(IReadOnlyList<DropExplanation>))]
internal sealed partial class WebJson : JsonSerializerContext;

/// <summary>Why not.</summary>
internal sealed record Refusal(string Error);

/// <summary>What a client should know before it asks for more.</summary>
/// <param name="Version">Version of Weft.</param>
/// <param name="Writable">Whether whoever has the token may change something.</param>
/// <param name="Topics">Topics of <c>/api/v1/show/TOPIC</c>.</param>
internal sealed record ServerFacts(string Version, bool Writable, IReadOnlyList<string> Topics);

/// <summary>A packet whose fate somebody wants to know.</summary>
/// <param name="Port">Name of the port that it enters.</param>
/// <param name="Packet">The packet from its Ethernet header on, in hexadecimal.</param>
internal sealed record TraceQuestion(string? Port, string? Packet);

/// <summary>A service and its rules.</summary>
internal sealed record RuleList(string Service, IReadOnlyList<string> Rules);
