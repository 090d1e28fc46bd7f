using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;

namespace Weft.Host.Config.Validation;

/// <summary>Sensors: what they name exists, their rules can be read, their files are nobody else's.</summary>
internal static class IdsValidator
{
    private const int MaxListed = 10;

    public static void Validate(ValidationContext context)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (IdsSection sensor in context.Document.Ids)
        {
            if (sensor.Name.IsKnown && !names.Add(sensor.Name.Value))
            {
                context.Problems.Error(sensor.Name.At, $"the name {Quoted.Of(sensor.Name.Value)} belongs to another sensor already");
            }

            ValidateScope(sensor, context);
            ValidateVariables(sensor, context.Problems);
            ValidateRules(sensor, context);
            foreach (Setting<string> file in new[] { sensor.Eve, sensor.FastLog, sensor.Pcap }.Where(file => file.IsKnown))
            {
                if (!written.Add(context.Resolve(file.Value)))
                {
                    context.Problems.Error(file.At, $"the file {Quoted.Of(file.Value)} is written by another sensor, or for something else, already");
                }
            }

            if (sensor.EveTypes.Count > 0 && !sensor.Eve.IsWritten)
            {
                context.Problems.Warning(sensor.EveTypes[0].At, "without 'eve' no record is written");
            }

            if (sensor.PcapPackets.IsWritten && !sensor.Pcap.IsWritten)
            {
                context.Problems.Warning(sensor.PcapPackets.At, "without 'pcap' nothing is captured");
            }
        }
    }

    /// <summary>The plan of a sensor; its rules were read when it was validated.</summary>
    public static IdsPlan Plan(IdsSection sensor, ValidationContext context)
    {
        SwitchDocument document = context.Document;
        return new IdsPlan
        {
            Name = sensor.Name.Value,
            Rules = sensor.Loaded!,
            IsInline = sensor.IsInline.Value,
            Ports = [.. sensor.Ports.Select(name => document.Ports.FindIndex(port => port.Name.Value == name.Value))],
            Segments = [.. sensor.Segments.Select(name => document.Segments.FindIndex(segment => segment.Name.Value == name.Value))],
            Machines = [.. sensor.Machines.Select(mac => mac.Value)],
            AcceptMidstream = sensor.Midstream.Value,
            MaxFlows = sensor.MaxFlows.Value,
            MaxStreams = sensor.MaxStreams.Value,
            MaxThresholds = sensor.MaxThresholds.Value,
            AlertsPerPacket = sensor.AlertsPerPacket.Value,
            RejectsPerSecond = sensor.RejectsPerSecond.Value,
            EvePath = PathOf(sensor.Eve, context),
            EveTypes = sensor.EveTypes.Count == 0 ? EveTypes.Alert | EveTypes.Drop : sensor.EveTypes.Aggregate(EveTypes.None, (types, type) => types | type.Value),
            FastLogPath = PathOf(sensor.FastLog, context),
            PcapPath = PathOf(sensor.Pcap, context),
            PcapPackets = sensor.PcapPackets.Value,
        };
    }

    private static string? PathOf(Setting<string> path, ValidationContext context) => path.IsKnown ? context.Resolve(path.Value) : null;

    private static void ValidateScope(IdsSection sensor, ValidationContext context)
    {
        foreach (Setting<string> name in sensor.Ports)
        {
            if (context.FindPort(name) is { Role: { IsKnown: true, Value: not PortRole.Access } })
            {
                context.Problems.Error(name.At, $"port {Quoted.Of(name.Value)} has role underlay: its frames are tunnels", "an access-role port, or the segments inside the tunnels");
            }
        }

        string[] segments = [.. context.Document.Segments.Where(segment => segment.Name.IsKnown).Select(segment => segment.Name.Value)];
        foreach (Setting<string> name in sensor.Segments.Where(name => name.IsKnown && !segments.Contains(name.Value)))
        {
            context.Problems.Error(name.At, $"no segment has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, segments)}");
        }
    }

    private static void ValidateVariables(IdsSection sensor, ProblemList problems)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Setting<string> name in sensor.Variables.Select(variable => variable.Name).Where(name => name.IsKnown && !names.Add(name.Value)))
        {
            problems.Error(name.At, $"the variable {Quoted.Of(name.Value)} has a value already");
        }
    }

    /// <summary>Reading rules is the longest part of reading a configuration; it happens here, once, and never on a worker.</summary>
    private static void ValidateRules(IdsSection sensor, ValidationContext context)
    {
        if (sensor.Rules.Count == 0)
        {
            context.Problems.Error(sensor.At, "the sensor has no rules", "'rules' with one file at least");
        }

        bool canRead = sensor.Rules.Count > 0;
        foreach (Setting<string> file in sensor.Rules.Append(sensor.Classification).Where(file => file.IsKnown))
        {
            if (!File.Exists(context.Resolve(file.Value)))
            {
                context.Problems.Error(file.At, $"the file {Quoted.Of(file.Value)} does not exist");
                canRead = false;
            }
        }

        if (!canRead || sensor.Rules.Any(file => !file.IsKnown) || sensor.Variables.Any(variable => !variable.Name.IsKnown || !variable.Value.IsKnown))
        {
            return;
        }

        try
        {
            sensor.Loaded = IdsRules.Load(FilesOf(sensor, context));
        }
        catch (SwitchStartException failure)
        {
            context.Problems.Error(sensor.At, failure.Message);
            return;
        }

        IReadOnlyList<string> leftOut = sensor.Loaded.Current.LeftOut;
        foreach (string rule in leftOut.Take(MaxListed))
        {
            context.Problems.Warning(sensor.At, $"a rule is left out: {rule}");
        }

        if (leftOut.Count > MaxListed)
        {
            context.Problems.Warning(sensor.At, $"{leftOut.Count - MaxListed} further rules are left out; {sensor.Loaded.Current.Image.RuleCount} are taken");
        }
    }

    /// <summary>Reads the rules of a machine's service.</summary>
    public static void LoadRules(ServiceSection service, ValidationContext context)
    {
        Setting<string>[] files = [.. service.Ids.Rules.Where(file => file.IsKnown)];
        if (service.Ids.Rules.Count == 0)
        {
            context.Problems.Error(service.At, "the service has no rules", "'rules' with one file at least");
        }

        foreach (Setting<string> file in files.Where(file => !File.Exists(context.Resolve(file.Value))))
        {
            context.Problems.Error(file.At, $"the file {Quoted.Of(file.Value)} does not exist");
            return;
        }

        if (files.Length == 0 || files.Length != service.Ids.Rules.Count)
        {
            return;
        }

        try
        {
            service.Ids.Loaded = IdsRules.Load(new IdsRuleFiles { Files = [.. files.Select(file => context.Resolve(file.Value))], Variables = [], Classification = null, ChangeAction = action => action });
        }
        catch (SwitchStartException failure)
        {
            context.Problems.Error(service.At, failure.Message);
        }
    }

    private static IdsRuleFiles FilesOf(IdsSection sensor, ValidationContext context)
    {
        (RuleAction alert, RuleAction drop, RuleAction reject) = (sensor.Actions.Alert.Value, sensor.Actions.Drop.Value, sensor.Actions.Reject.Value);
        return new IdsRuleFiles
        {
            Files = [.. sensor.Rules.Select(file => context.Resolve(file.Value))],
            Variables = [.. sensor.Variables.Select(variable => (variable.Name.Value, variable.Value.Value))],
            Classification = PathOf(sensor.Classification, context),
            ChangeAction = action => action switch
            {
                RuleAction.Alert => alert,
                RuleAction.Drop => drop,
                RuleAction.Reject => reject,
                _ => action,
            },
        };
    }
}
