using System.Globalization;
using System.Text;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>
/// What a plan says, as nftables rules: on a plain Linux host the kernel's connection tracking translates what <see cref="MeshTranslator"/> translates in a
/// switch. Applications and agent meet on <c>lo</c>.
/// </summary>
/// <remarks>
/// <para>
/// The text replaces the table as a whole and at once (<c>nft -f</c>). Connections that live keep their translation: the kernel asks the rules
/// for the first packet of each only.
/// </para>
/// <para>
/// Where the kernel and the translator differ: the kernel puts fragments together before it looks at them, and so translates them; and it leaves what
/// 127.0.0.0/8 says to itself outside the pool alone, which never reaches a switch.
/// </para>
/// </remarks>
public static class NftablesRules
{
    /// <summary>The table's name unless another is asked for.</summary>
    public const string DefaultTable = "weft_mesh";

    private const string Handshake = "tcp flags & (fin | syn | rst | ack)";

    private static readonly IpProtocol[] Protocols = [IpProtocol.Tcp, IpProtocol.Udp];

    /// <summary>Writes the rules of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="allowPlaintext">As <see cref="MeshTranslatorOptions.AllowPlaintext"/>.</param>
    /// <param name="table">Name of the table, of family inet.</param>
    /// <returns>A script for <c>nft -f</c>.</returns>
    public static string Write(MeshPlan plan, bool allowPlaintext = false, string table = DefaultTable)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(table);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {plan.Self.Name} ({plan.Self.Identity}): {plan.Machines.Length} machines, {plan.Listeners.Length} services of others\n");
        text.Append(CultureInfo.InvariantCulture, $"table inet {table}\ndelete table inet {table}\ntable inet {table} {{\n");
        foreach (bool isIPv4 in (bool[])[true, false])
        {
            WriteSets(text, plan, isIPv4);
        }

        foreach (IpProtocol protocol in Protocols)
        {
            WriteSet(text, $"own_{Name(protocol)}", "inet_service", plan.Self.Ports.Where(port => port.Protocol == protocol).Select(port => Text(port.Port)));
        }

        WriteChain(text, "guard_out", "filter hook output priority -150", isIPv4 => GuardOut(plan, isIPv4, allowPlaintext));
        WriteChain(text, "translate_destination", "nat hook output priority -100", TranslateDestination);
        WriteChain(text, "translate_source", "nat hook postrouting priority 100", isIPv4 => TranslateSource(plan, isIPv4));
        WriteChain(text, "guard_in", "filter hook prerouting priority -300", isIPv4 => GuardIn(plan, isIPv4, allowPlaintext));
        WriteChain(text, "guard_leave", "filter hook postrouting priority 150", isIPv4 => GuardLeave(plan, isIPv4));
        return text.Append("}\n").ToString();
    }

    /// <summary>Writes a script that takes the rules away.</summary>
    /// <param name="table">Name of the table.</param>
    public static string Remove(string table = DefaultTable)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        return $"table inet {table}\ndelete table inet {table}\n";
    }

    private static void WriteSets(StringBuilder text, MeshPlan plan, bool isIPv4)
    {
        string type = isIPv4 ? "ipv4_addr" : "ipv6_addr";
        string family = isIPv4 ? "4" : "6";
        foreach (IpProtocol protocol in Protocols)
        {
            MeshListener[] listeners = [.. plan.Listeners.Where(listener => listener.Local.IsIPv4 == isIPv4 && listener.Service.Port.Protocol == protocol)];
            WriteSet(text, $"services_{Name(protocol)}{family}", $"{type} . inet_service", listeners.Select(listener => Text(listener.Service.Endpoint)));
            WriteMap(text, $"listeners_{Name(protocol)}{family}", $"{type} . inet_service : {type} . inet_service",
                listeners.Select(listener => $"{Text(listener.Service.Endpoint)} : {Text(listener.Local)}"));
        }

        WriteSet(text, $"own{family}", type, Of(plan.RedirectSources, isIPv4).Select(pair => MeshAddress.Text(pair.Real)));
        WriteSet(text, $"peers{family}", type, Of(plan.RestoreSources, isIPv4).Select(pair => MeshAddress.Text(pair.Real)));
        WriteSet(text, $"clients{family}", type, Of(plan.RestoreSources, isIPv4).Select(pair => MeshAddress.Text(pair.Loopback)));
        WriteSet(text, $"servers{family}", type, Of(plan.RestoreDestinations, isIPv4).Select(pair => MeshAddress.Text(pair.Loopback)));
        WriteMap(text, $"own_source{family}", $"{type} : {type}", Of(plan.RedirectSources, isIPv4).Select(pair => $"{MeshAddress.Text(pair.Real)} : {MeshAddress.Text(pair.Loopback)}"));
        WriteMap(text, $"client_source{family}", $"{type} : {type}", Of(plan.RestoreSources, isIPv4).Select(pair => $"{MeshAddress.Text(pair.Loopback)} : {MeshAddress.Text(pair.Real)}"));
        WriteMap(text, $"server{family}", $"{type} : {type}", Of(plan.RestoreDestinations, isIPv4).Select(pair => $"{MeshAddress.Text(pair.Loopback)} : {MeshAddress.Text(pair.Real)}"));
    }

    /// <summary>Before anything is translated: what opens no connection that a rule translates does not leave in the clear.</summary>
    private static IEnumerable<string> GuardOut(MeshPlan plan, bool isIPv4, bool allowPlaintext)
    {
        (string ip, string n, string pool) = Words(plan, isIPv4);
        string stranger = "ct state { new, invalid }";
        yield return $"ct state new {ip} saddr @clients{n} {ip} daddr @servers{n} tcp dport @own_tcp {Handshake} == syn accept";
        yield return $"ct state new {ip} saddr @clients{n} {ip} daddr @servers{n} udp dport @own_udp accept";
        yield return $"{stranger} {ip} saddr {pool} drop";
        yield return $"{stranger} {ip} daddr {pool} drop";
        yield return $"{stranger} {ip} saddr @own{n} {ip} daddr . tcp dport @services_tcp{n} {Handshake} != syn drop";
        yield return $"ct state invalid {ip} saddr @own{n} {ip} daddr . tcp dport @services_tcp{n} drop";
        yield return $"ct state invalid {ip} saddr @own{n} {ip} daddr . udp dport @services_udp{n} drop";
        yield return $"{ip} saddr @own{n} {ip} daddr . tcp dport @services_tcp{n} accept";
        yield return $"{ip} saddr @own{n} {ip} daddr . udp dport @services_udp{n} accept";
        if (!allowPlaintext)
        {
            yield return $"{stranger} {ip} saddr @own{n} {ip} daddr @peers{n} tcp sport @own_tcp drop";
            yield return $"{stranger} {ip} saddr @own{n} {ip} daddr @peers{n} udp sport @own_udp drop";
        }
    }

    private static IEnumerable<string> TranslateDestination(bool isIPv4)
    {
        (string ip, string n) = isIPv4 ? ("ip", "4") : ("ip6", "6");
        foreach (string protocol in Protocols.Select(Name))
        {
            yield return $"{ip} saddr @own{n} dnat {ip} to {ip} daddr . {protocol} dport map @listeners_{protocol}{n}";
            yield return $"{ip} saddr @clients{n} {protocol} dport @own_{protocol} dnat {ip} to {ip} daddr map @server{n}";
        }
    }

    /// <summary>In postrouting, not in input: there the kernel has bound the source already.</summary>
    private static IEnumerable<string> TranslateSource(MeshPlan plan, bool isIPv4)
    {
        (string ip, string n, string pool) = Words(plan, isIPv4);
        yield return $"oifname \"lo\" {ip} daddr {pool} snat {ip} to {ip} saddr map @own_source{n}";
        yield return $"oifname \"lo\" {ip} daddr @own{n} snat {ip} to {ip} saddr map @client_source{n}";
    }

    private static IEnumerable<string> GuardIn(MeshPlan plan, bool isIPv4, bool allowPlaintext)
    {
        (string ip, string n, string pool) = Words(plan, isIPv4);
        yield return $"iifname != \"lo\" {ip} saddr {pool} drop";
        yield return $"iifname != \"lo\" {ip} daddr {pool} drop";
        if (!allowPlaintext)
        {
            yield return $"iifname != \"lo\" {ip} daddr @own{n} tcp dport @own_tcp drop";
            yield return $"iifname != \"lo\" {ip} daddr @own{n} udp dport @own_udp drop";
        }
    }

    /// <summary>After everything is translated: addresses of the pool never leave (RFC 1122 section 3.2.1.3 g).</summary>
    private static IEnumerable<string> GuardLeave(MeshPlan plan, bool isIPv4)
    {
        (string ip, _, string pool) = Words(plan, isIPv4);
        yield return $"oifname != \"lo\" {ip} saddr {pool} drop";
        yield return $"oifname != \"lo\" {ip} daddr {pool} drop";
    }

    private static (string Ip, string Suffix, string Pool) Words(MeshPlan plan, bool isIPv4) =>
        isIPv4 ? ("ip", "4", plan.Pool.IPv4.ToString()) : ("ip6", "6", plan.Pool.IPv6.ToString());

    private static IEnumerable<AddressPair> Of(IEnumerable<AddressPair> pairs, bool isIPv4) => pairs.Where(pair => MeshAddress.IsIPv4(pair.Real) == isIPv4);

    private static string Name(IpProtocol protocol) => protocol == IpProtocol.Udp ? "udp" : "tcp";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(MeshEndpoint endpoint) => $"{MeshAddress.Text(endpoint.Address)} . {Text(endpoint.Port)}";

    private static void WriteSet(StringBuilder text, string name, string type, IEnumerable<string> elements) => Write(text, "set", name, type, elements);

    private static void WriteMap(StringBuilder text, string name, string type, IEnumerable<string> elements) => Write(text, "map", name, type, elements);

    private static void Write(StringBuilder text, string what, string name, string type, IEnumerable<string> elements)
    {
        text.Append(CultureInfo.InvariantCulture, $"\t{what} {name} {{\n\t\ttype {type}\n");
        string joined = string.Join(",\n\t\t\t", elements);
        if (joined.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\t\telements = {{\n\t\t\t{joined}\n\t\t}}\n");
        }

        text.Append("\t}\n");
    }

    private static void WriteChain(StringBuilder text, string name, string type, Func<bool, IEnumerable<string>> rules)
    {
        text.Append(CultureInfo.InvariantCulture, $"\tchain {name} {{\n\t\ttype {type}; policy accept;\n");
        foreach (string rule in rules(true).Concat(rules(false)))
        {
            text.Append(CultureInfo.InvariantCulture, $"\t\t{rule}\n");
        }

        text.Append("\t}\n");
    }
}
