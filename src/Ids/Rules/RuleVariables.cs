namespace Weft.Ids;

/// <summary>
/// Names for addresses and ports in rules: <c>$HOME_NET</c>, <c>$HTTP_PORTS</c>. A value is what a rule could have in its
/// place, lists, negations and other variables included.
/// </summary>
public sealed class RuleVariables
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>
    /// The variables that public rule sets expect, with the values of Suricata's default configuration; those that only Snort's
    /// rules name (<c>SIP_SERVERS</c>, <c>SIP_PORTS</c>) with Snort's.
    /// </summary>
    public static RuleVariables Default => new()
    {
        ["HOME_NET"] = "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]",
        ["EXTERNAL_NET"] = "!$HOME_NET",
        ["HTTP_SERVERS"] = "$HOME_NET",
        ["SMTP_SERVERS"] = "$HOME_NET",
        ["SQL_SERVERS"] = "$HOME_NET",
        ["DNS_SERVERS"] = "$HOME_NET",
        ["TELNET_SERVERS"] = "$HOME_NET",
        ["AIM_SERVERS"] = "$EXTERNAL_NET",
        ["DC_SERVERS"] = "$HOME_NET",
        ["DNP3_SERVER"] = "$HOME_NET",
        ["DNP3_CLIENT"] = "$HOME_NET",
        ["MODBUS_CLIENT"] = "$HOME_NET",
        ["MODBUS_SERVER"] = "$HOME_NET",
        ["ENIP_CLIENT"] = "$HOME_NET",
        ["ENIP_SERVER"] = "$HOME_NET",
        ["SIP_SERVERS"] = "$HOME_NET",
        ["SIP_PORTS"] = "[5060,5061,5600]",
        ["HTTP_PORTS"] = "80",
        ["SHELLCODE_PORTS"] = "!80",
        ["ORACLE_PORTS"] = "1521",
        ["SSH_PORTS"] = "22",
        ["DNP3_PORTS"] = "20000",
        ["MODBUS_PORTS"] = "502",
        ["FILE_DATA_PORTS"] = "[$HTTP_PORTS,110,143]",
        ["FTP_PORTS"] = "21",
        ["GENEVE_PORTS"] = "6081",
        ["VXLAN_PORTS"] = "4789",
        ["TEREDO_PORTS"] = "3544",
    };

    /// <summary>The value of a variable, named without the dollar sign.</summary>
    /// <exception cref="KeyNotFoundException">There is no such variable (reading only).</exception>
    public string this[string name]
    {
        get => _values[name];
        set => _values[name] = value;
    }

    /// <summary>The value of a variable, if it is defined.</summary>
    public bool TryGet(string name, out string value) => _values.TryGetValue(name, out value!);
}
