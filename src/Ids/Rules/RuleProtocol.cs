namespace Weft.Ids;

/// <summary>Transports that a rule's header may ask for.</summary>
internal enum RuleTransport : byte
{
    Ip,
    Tcp,
    Udp,
    Icmp,
    IcmpV4,
    IcmpV6,
    Sctp,
}

/// <summary>The second word of a rule.</summary>
/// <param name="Transport">Transport of the packet.</param>
/// <param name="Version">4 or 6 for one version of IP, 0 for both.</param>
/// <param name="App">Application protocol of the conversation, or unknown for any.</param>
/// <param name="Scope">Whether packets or streams are meant.</param>
internal readonly record struct RuleProtocol(RuleTransport Transport, byte Version = 0, AppProtocol App = AppProtocol.Unknown, RuleScope Scope = RuleScope.Any)
{
    // Of several words of one protocol the first is the one that is written.
    private static readonly (string Word, RuleProtocol Protocol)[] Known =
    [
        ("ip", new RuleProtocol(RuleTransport.Ip)), ("ipv4", new RuleProtocol(RuleTransport.Ip, 4)), ("ip4", new RuleProtocol(RuleTransport.Ip, 4)),
        ("ipv6", new RuleProtocol(RuleTransport.Ip, 6)), ("ip6", new RuleProtocol(RuleTransport.Ip, 6)), ("pkthdr", new RuleProtocol(RuleTransport.Ip, Scope: RuleScope.Header)),
        ("tcp", new RuleProtocol(RuleTransport.Tcp)), ("tcp-pkt", new RuleProtocol(RuleTransport.Tcp, Scope: RuleScope.Packet)),
        ("tcp-stream", new RuleProtocol(RuleTransport.Tcp, Scope: RuleScope.Stream)), ("udp", new RuleProtocol(RuleTransport.Udp)), ("icmp", new RuleProtocol(RuleTransport.Icmp)),
        ("icmpv4", new RuleProtocol(RuleTransport.IcmpV4)), ("icmpv6", new RuleProtocol(RuleTransport.IcmpV6)), ("sctp", new RuleProtocol(RuleTransport.Sctp)),
    ];

    /// <summary>The word for it.</summary>
    public string Word
    {
        get
        {
            RuleProtocol own = this;
            return App != AppProtocol.Unknown ? AppNames.NameOf(App) : Array.Find(Known, one => one.Protocol == own).Word;
        }
    }

    public static bool TryParse(string word, out RuleProtocol protocol)
    {
        (string? found, protocol) = Array.Find(Known, one => one.Word == word);
        if (found is null && AppNames.TryParse(word, out AppProtocol app))
        {
            protocol = new RuleProtocol(RuleTransport.Ip, App: app);
            return true;
        }

        return found is not null;
    }
}

/// <summary>What of a conversation a rule's header restricts it to.</summary>
internal enum RuleScope : byte
{
    Any,
    Packet,
    Stream,

    /// <summary>Packets of all kinds, damaged ones too.</summary>
    Header,
}
