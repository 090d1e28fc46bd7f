namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>qos</c>.</summary>
internal sealed class QosSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<bool> Trust { get; set; }

    public List<QosRuleSection> Rules { get; } = [];

    /// <summary>What the rules came to, once they are known to be right.</summary>
    public Bridge.QosPolicy? Built { get; set; }
}
