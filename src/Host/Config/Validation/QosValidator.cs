using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Validation;

/// <summary>Policies of service, and the ports that have them.</summary>
internal static class QosValidator
{
    private const long BytesPerKilobit = 125;
    private const long LeastDefaultBurst = 9000;

    public static void Validate(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        var matches = new MatchBuilder(context);
        AclValidator.Unique(document.Qos.Select(policy => policy.Name), "policy", context);
        matches.Require(document.Ports.Select(port => port.Qos), document.Qos.Select(policy => policy.Name), "policy");
        foreach (PortSection port in document.Ports.Where(port => port.Role is { IsKnown: true, Value: not PortRole.Access } && port.Qos.IsWritten))
        {
            context.Problems.Error(port.Qos.At, "a policy marks what machines send, and no machine is behind such a port", "this key at ports of role access");
        }

        foreach (QosSection policy in document.Qos)
        {
            AclValidator.Unique(policy.Rules.Select(rule => rule.Name), "rule of the policy", context);
            foreach (QosRuleSection rule in policy.Rules)
            {
                matches.Validate(rule);
                ValidateMeter(rule.Police, context);
            }
        }

        if (!context.Problems.HasErrors)
        {
            document.Qos.ForEach(policy => Build(policy, matches, context));
        }
    }

    private static void ValidateMeter(QosMeterSection meter, ValidationContext context)
    {
        if (meter is { Mode.Value: MeterKind.PeakRate, Kilobits.IsKnown: true, SecondKilobits.IsKnown: true } && meter.SecondKilobits.Value < meter.Kilobits.Value)
        {
            context.Problems.Error(meter.SecondKilobits.At, $"a peak of {meter.SecondKilobits.Value} is below the committed rate of {meter.Kilobits.Value}, which it contains", $"{meter.Kilobits.Value} or more, or 'mode: excess'");
        }

        if (meter.YellowDscp.IsWritten && !meter.SecondKilobits.IsWritten)
        {
            context.Problems.Error(meter.YellowDscp.At, "without 'secondKilobits' no packet is yellow", "'secondKilobits' beside it");
        }
    }

    private static void Build(QosSection policy, MatchBuilder matches, ValidationContext context)
    {
        try
        {
            policy.Built = new QosPolicy(policy.Name.Value, [.. policy.Rules.Select(rule => Build(rule, matches))], policy.Trust.Value);
        }
        catch (ArgumentException tooMany)
        {
            context.Problems.Error(policy.At, tooMany.Message, "fewer rules");
        }
    }

    private static QosRule Build(QosRuleSection rule, MatchBuilder matches) => new()
    {
        Name = rule.Name.Value,
        Matches = matches.Build(rule),
        Dscp = Known(rule.MarkDscp),
        Priority = Known(rule.MarkPriority),
        Meter = rule.Police.IsWritten ? Build(rule.Police) : null,
    };

    private static QosMeterOptions Build(QosMeterSection meter)
    {
        bool isPeak = meter.Mode.Value == MeterKind.PeakRate;
        long committed = meter.Kilobits.Value * BytesPerKilobit;
        long second = meter.SecondKilobits.IsKnown ? meter.SecondKilobits.Value * BytesPerKilobit : isPeak ? committed : 0;
        long burst = meter.BurstBytes.IsKnown ? meter.BurstBytes.Value : BurstOf(committed);
        return new QosMeterOptions
        {
            Kind = meter.Mode.Value,
            CommittedRate = committed,
            CommittedBurst = burst,
            SecondRate = second,
            SecondBurst = meter.SecondBurstBytes.IsKnown ? meter.SecondBurstBytes.Value : !meter.SecondKilobits.IsKnown ? isPeak ? burst : 0 : BurstOf(second),
            IsColorAware = meter.ColorAware.Value,
            YellowDscp = Known(meter.YellowDscp),
            RedDscp = Known(meter.RedDscp),
        };
    }

    private static long BurstOf(long rate) => Math.Clamp(rate / 10, LeastDefaultBurst, TokenBucket.MaxBurst);

    private static byte? Known(Setting<int> value) => value.IsKnown ? (byte)value.Value : null;
}
