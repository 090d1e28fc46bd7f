using System.Text.Json.Nodes;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Ids;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of intrusion detection.</summary>
internal static class IdsShape
{
    private const int MaxFiles = 1024;
    private const int MaxVariables = 1024;
    private const int MaxValue = 65_536;

    private static readonly Scalar<string> VariableName = Text("a name of letters, digits and '_' such as HOME_NET", "^[A-Za-z][A-Za-z0-9_]{0,63}$", text => text.Length is > 0 and <= 64 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    private static readonly Scalar<string> VariableValue = Text("what a rule could have in its place, such as '[192.0.2.0/24,!192.0.2.9]' or '80'", null, text => text.Length is > 0 and <= MaxValue);

    private static readonly Scalar<RuleAction> Action = Scalars.OneOf(("alert", RuleAction.Alert), ("drop", RuleAction.Drop), ("reject", RuleAction.Reject));

    private static readonly Scalar<EveTypes> EveType = Scalars.OneOf(
        ("alert", EveTypes.Alert), ("drop", EveTypes.Drop), ("flow", EveTypes.Flow), ("http", EveTypes.Http), ("fileinfo", EveTypes.FileInfo), ("dns", EveTypes.Dns), ("tls", EveTypes.Tls));

    /// <summary>A variable.</summary>
    public static Shape<IdsVariableSection> Variable { get; } = new(
        "variable",
        "A name that rules use for addresses or ports, written there with a dollar sign. Those of Suricata's default configuration are defined beforehand.",
        new ScalarField<IdsVariableSection, string>("name", "The name, without the dollar sign.", VariableName, (s, v) => s.Name = v).Required(),
        new ScalarField<IdsVariableSection, string>("value", "Addresses or ports as a rule has them, other variables included.", VariableValue, (s, v) => s.Value = v).Required());

    /// <summary>What rules' actions become.</summary>
    public static Shape<IdsActionsSection> Actions { get; } = new(
        "actions",
        "What the actions of rules become here. pass stays pass.",
        new ScalarField<IdsActionsSection, RuleAction>("alert", "What alert becomes.", Action, (s, v) => s.Alert = v).Default(RuleAction.Alert),
        new ScalarField<IdsActionsSection, RuleAction>("drop", "What drop becomes.", Action, (s, v) => s.Drop = v).Default(RuleAction.Drop),
        new ScalarField<IdsActionsSection, RuleAction>("reject", "What reject becomes.", Action, (s, v) => s.Reject = v).Default(RuleAction.Reject));

    /// <summary>A sensor.</summary>
    public static Shape<IdsSection> Shape { get; } = new(
        "ids",
        "A sensor: rules, and the frames that are compared with them. Without ports, segments and machines it inspects every frame that is bridged.",
        new ScalarField<IdsSection, string>("name", "Unique among sensors.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<IdsSection, bool>(
            "mode",
            "alert: frames go on whatever rules say. inline: each frame waits for the verdict, and drop and reject are carried out.",
            Scalars.OneOf(("alert", false), ("inline", true)),
            (s, v) => s.IsInline = v).Default(false),
        new ScalarListField<IdsSection, string>("rules", "Files of rules in the language of Suricata and Snort.", Scalars.Path, MaxFiles, "required", s => s.Rules),
        new GroupListField<IdsSection, IdsVariableSection>("variables", "Names for addresses and ports.", Variable, 0, MaxVariables, s => s.Variables),
        new ScalarField<IdsSection, string>("classification", "File that gives classes of rules their texts and priorities (classification.config).", Scalars.Path, (s, v) => s.Classification = v).IfAbsent("classes have neither"),
        new GroupField<IdsSection, IdsActionsSection>("actions", "What rules' actions become.", Actions, (s, v) => s.Actions = v),
        new ScalarListField<IdsSection, string>("ports", "Names of access-role ports: frames from and to them are inspected.", Scalars.Name, 1024, "no choice by port", s => s.Ports),
        new ScalarListField<IdsSection, string>("segments", "Names of segments: frames in them are inspected.", Scalars.Name, 4094, "no choice by segment", s => s.Segments),
        new ScalarListField<IdsSection, Packets.MacAddress>("machines", "MAC addresses: frames from and to them, and those to groups, are inspected.", Scalars.Mac, 65_536, "no choice by machine", s => s.Machines),
        new ScalarField<IdsSection, bool>("midstream", "Whether TCP conversations whose beginning was not seen count as established.", Scalars.Boolean, (s, v) => s.Midstream = v).Default(false),
        new ScalarField<IdsSection, int>("maxFlows", "Conversations that are remembered; the one idle longest gives way.", Scalars.Integer(1, 1 << 24), (s, v) => s.MaxFlows = v).Default(65_536),
        new ScalarField<IdsSection, int>("maxStreams", "Directions of TCP connections that are put together at a time; each takes 64 KiB of memory.", Scalars.Integer(1, 16_384), (s, v) => s.MaxStreams = v).Default(1024),
        new ScalarField<IdsSection, int>("maxThresholds", "Thresholds that are counted at a time.", Scalars.Integer(1, 1 << 24), (s, v) => s.MaxThresholds = v).Default(16_384),
        new ScalarField<IdsSection, int>("alertsPerPacket", "Alerts of one frame that are reported; the others are counted.", Scalars.Integer(1, 256), (s, v) => s.AlertsPerPacket = v).Default(16),
        new ScalarField<IdsSection, int>("rejectsPerSecond", "TCP resets and ICMP errors that reject sends in a second; frames beyond are dropped without one.", Scalars.Integer(0, 1_000_000), (s, v) => s.RejectsPerSecond = v).Default(1000),
        new ScalarField<IdsSection, string>("eve", "File that records are appended to as EVE JSON, one a line. Folders are made.", Scalars.Path, (s, v) => s.Eve = v).IfAbsent("no file"),
        new ScalarListField<IdsSection, EveTypes>("eveTypes", "Kinds of records in 'eve'. flow is written when a conversation is over, fileinfo for a body of HTTP.", EveType, 7, "alert and drop", s => s.EveTypes),
        new ScalarField<IdsSection, string>("fastLog", "File that alerts are appended to as one line of text each.", Scalars.Path, (s, v) => s.FastLog = v).IfAbsent("no file"),
        new ScalarField<IdsSection, string>("pcap", "Capture of conversations that alerted: their frames among the last 128 before, and those after.", Scalars.Path, (s, v) => s.Pcap = v).IfAbsent("no capture"),
        new ScalarField<IdsSection, int>("pcapPackets", "Frames of a conversation that are captured from its last alert on.", Scalars.Integer(1, 1 << 20), (s, v) => s.PcapPackets = v).Default(64));

    private static Scalar<string> Text(string expected, string? pattern, Func<string, bool> isValid) => new(
        expected,
        (ScalarNode node, out string value) => isValid(value = node.Text),
        () => pattern is null ? new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = "integer" }) } : new JsonObject { ["type"] = "string", ["pattern"] = pattern },
        value => value);
}
