using System.Collections;
using System.Reflection;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>P7: a rule that is read, written and read again is the same rule, down to every field of it.</summary>
public sealed class RuleTextTests
{
    private static readonly Gen<string> Number = Gen.Elements("5", ">5", "<5", ">=3", "<=9", "3<>9", "!5", "0");

    private static readonly Gen<string> Content =
        from negated in Gen.Elements("", "", "!")
        from text in Gen.Elements("abc", "a|3b|b|22|c|5c|d", "|00 FF|", "x y", "a\\;b", "|7c|")
        from modifiers in Gen.Elements("", "nocase; ", "offset:3; depth:20; ", "distance:-2; within:9; ", "startswith; ", "endswith; nocase; ")
        select $"content:{negated}\"{text}\"; {modifiers}";

    private static readonly Gen<string> Buffer = Gen.Elements("http.uri; ", "http.host; dotprefix; ", "file_data; ", "pkt_data; ", "http.header; to_lowercase; compress_whitespace; ", "http.request_body; xor:\"0d0a\"; ", "http.referer; absent; ");

    private static readonly Gen<string> Check = Gen.Elements(
        "pcre:\"/a\\/b[^\\x3b]+$/Ri\"; ", "pcre:!\"/x{2,3}/\"; ", "isdataat:!10,relative; ", "isdataat:4; ", "bsize:<20; ", "byte_test:4,!&,0x10,2,relative,little; ", "byte_test:2,>=,7,0,string,hex; ",
        "byte_jump:2,1,relative,multiplier 3,align 4,from_beginning,post_offset -2; ", "byte_extract:1,0,length,relative; content:\"z\"; distance:length; ",
        "byte_math:bytes 2, offset 1, oper *, rvalue 4, result product, endian little, bitmask 0xff0; content:\"z\"; offset:product; ", "base64_decode:bytes 12, offset 1, relative; base64_data; content:\"in\"; ");

    private static readonly Gen<string> Header = Gen.OneOf(
        from keyword in Gen.Elements("dsize", "itype", "icode", "ttl", "id", "window", "tcp.mss", "fragoffset") from number in Number select $"{keyword}:{number}; ",
        Gen.Elements("flags:S; ", "flags:!SA,12; ", "flags:*FR; ", "flags:+A; ", "fragbits:!D; ", "fragbits:M; ", "ipopts:lsrr; ", "ipopts:any; ", "sameip; ", "ip_proto:!TCP; ", "stream_size:server,<,1111; ", "stream_size:either,!=,5; ", "decode-event:ipv4.trunc_pkt; ", "stream-event:est_packet_out_of_window; "));

    private static readonly Gen<string> State = Gen.Elements(
        "flow:established,to_server; ", "flow:stateless,no_frag; ", "flowbits:set,a.b; ", "flowbits:isset,a|b; ", "flowbits:isnotset,a&b; ", "flowbits:noalert; ", "flowint:n,+,1; ", "flowint:n,>,3; ", "flowint:n,notset; ", "xbits:set,x,track ip_pair,expire 9; ",
        "hostbits:isset,h,dst; ", "hostbits:toggle,h,both; ", "app-layer-protocol:!http|failed,either; ", "app-layer-event:http.missing_host_header; ", "dns.opcode:!0; ", "tls.version:1.2; ", "urilen:5<>9,raw; ");

    private static readonly Gen<string> Ending = Gen.Elements("", "threshold:type limit, track by_src, count 2, seconds 9; ", "threshold:type backoff, track by_flow, count 1, multiplier 10; ", "detection_filter:track by_dst, count 3, seconds 60, unique_on src_port; ");

    private static readonly Gen<string> Rules =
        from action in Gen.Elements("alert", "drop", "reject", "rejectboth", "pass")
        from protocol in Gen.Elements("tcp", "ip", "http", "tcp-stream", "icmpv6", "pkthdr", "dns")
        from source in Gen.Elements("any", "$HOME_NET", "[10.0.0.0/8,!10.1.0.0/16]", "!192.168.1.1", "2001:db8::/32")
        from port in Gen.Elements("any", "80", "[1:1024,!80]", "!53", ":99", "60000:")
        from direction in Gen.Elements("->", "<>")
        from states in State.ListOf()
        from headers in Header.ListOf()
        from parts in Gen.OneOf(Content, Buffer, Check, Check).ListOf()
        from ending in Ending
        select $"{action} {protocol} {source} {port} {direction} any any (msg:\"a \\\"b\\\" \\; c\"; {string.Concat(states)}{string.Concat(headers)}{string.Concat(parts)}{ending}priority:2; classtype:misc-activity; sid:7; rev:3;)";

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P7_a_rule_that_is_read_written_and_read_again_is_the_same()
    {
        int taken = 0;
        Prop.ForAll(Arb.From(Rules), text => taken += AssertSame(text) ? 1 : 0).Check(Chance.Of(2000));
        Assert.True(taken > 200, $"{taken} rules were right");
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void P7_so_is_every_rule_of_Emerging_Threats()
    {
        string[] lines = [.. Directory.GetFiles(OtherPeoplesData.Need("et-open"), "*.rules").SelectMany(File.ReadLines).Where(line => line.StartsWith("alert", StringComparison.Ordinal))];
        Assert.True(lines.Count(AssertSame) > 4000);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void P7_so_is_every_rule_of_suricata_verify()
    {
        string[] lines = [.. Directory.GetFiles(Path.Combine(OtherPeoplesData.Need("suricata-verify"), "tests"), "*.rules", SearchOption.AllDirectories).SelectMany(File.ReadLines).Where(line => line.Length > 0 && line[0] is not '#')];
        Assert.True(lines.Count(AssertSame) > 1000);
    }

    private static bool AssertSame(string text)
    {
        RuleSet first = RuleParser.Parse(Encoding.UTF8.GetBytes(text), RuleVariables.Default, new List<RuleDiagnostic>());
        if (first.Rules.Count == 0)
        {
            return false;
        }

        string written = first.Rules[0].ToString();
        var errors = new List<RuleDiagnostic>();
        RuleSet second = RuleParser.Parse(Encoding.UTF8.GetBytes(written), RuleVariables.Default, errors);
        Assert.True(second.Rules.Count == 1, $"{text}\n{written}\n{string.Join(' ', errors)}");
        Assert.Equal(written, second.Rules[0].ToString());
        Assert.Equal($"{text}\n{Dump(first.Rules[0], [])}", $"{text}\n{Dump(second.Rules[0], [])}");
        return true;
    }

    /// <summary>Every field of an object, and of those that it holds; variables by the order in which they occur.</summary>
    private static string Dump(object? value, List<int> variables) => value switch
    {
        null => "null",
        string or Enum => value.ToString()!,
        Expression => "",
        IEnumerable list => $"[{string.Join(',', list.Cast<object>().Select(one => Dump(one, variables)))}]",
        _ when value.GetType().IsPrimitive || value.GetType().Assembly != typeof(Rule).Assembly => value.ToString()!,
        _ => $"{value.GetType().Name}{{{string.Join(' ', FieldsOf(value).Select(field => $"{field.Name}={DumpField(field, value, variables)}"))}}}",
    };

    private static string DumpField(FieldInfo field, object value, List<int> variables)
    {
        if (!field.Name.Contains("variable", StringComparison.OrdinalIgnoreCase) || field.GetValue(value) is not int number || number < 0)
        {
            return Dump(field.GetValue(value), variables);
        }

        if (!variables.Contains(number))
        {
            variables.Add(number);
        }

        return $"v{variables.IndexOf(number)}";
    }

    // Where a rule stood is no part of it, nor is what a number that a sign stood before was in the text.
    private static IEnumerable<FieldInfo> FieldsOf(object value) =>
        value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => !field.Name.Contains("Line", StringComparison.Ordinal) && !(value is FlowNumber { Action: FlowNumberAction.Compare } && field.Name.Contains("Operand", StringComparison.Ordinal)));
}
