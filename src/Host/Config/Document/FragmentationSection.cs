using Weft.Encap;

namespace Weft.Host.Config.Document;

/// <summary>The key <c>fragmentation</c> of a tunnel endpoint.</summary>
internal sealed class FragmentationSection : Section
{
    public Setting<FragmentationPolicy> Policy { get; set; }

    public FragmentOptionSection Option { get; set; } = new();

    public Setting<int> NextProtocol { get; set; }

    public Setting<bool> VxlanReservedBits { get; set; }

    public Setting<FragmentSplit> Split { get; set; }

    public Setting<int> MaxFrame { get; set; }

    public Setting<int> MinFragment { get; set; }

    public Setting<int> TimeoutMilliseconds { get; set; }

    public Setting<int> MaxDatagrams { get; set; }

    public Setting<int> MaxPerSource { get; set; }

    public Setting<int> MaxPerVni { get; set; }
}
