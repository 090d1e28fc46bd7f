using System.Text.Json.Serialization;
using Weft.Host.Control;
using Weft.Host.Datapath.Handover;

namespace Weft.Host.Observe;

/// <summary>Serializers made at build time, so that trimming keeps them.</summary>
[JsonSerializable(typeof(SwitchSnapshot))]
[JsonSerializable(typeof(PacketTrace))]
[JsonSerializable(typeof(SwitchEvent))]
[JsonSerializable(typeof(IReadOnlyList<QuotientForecastSnapshot>))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlResponse))]
[JsonSerializable(typeof(HandoverOffer))]
[JsonSerializable(typeof(HandoverGoods))]
internal sealed partial class SnapshotJsonContext : JsonSerializerContext;
