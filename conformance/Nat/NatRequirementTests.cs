using System.Reflection;
using System.Text;
using Weft.Conformance.Support;

namespace Weft.Conformance.NatTests;

/// <summary>The table of requirements is true, complete, and the one in the documents.</summary>
[Trait(Kind.Key, Kind.Architecture)]
public sealed class NatRequirementTests
{
    private const string Document = "docs/nat-requirements.md";

    private static readonly HashSet<string> Tests =
    [
        .. typeof(NatRequirementTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(NatRequirementTests).Namespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .Select(method => method.Name),
    ];

    [Fact]
    public void Every_requirement_has_tests_that_exist_or_a_stated_exception()
    {
        Assert.All(NatRequirement.All, requirement =>
        {
            Assert.True(requirement.Tests.Length > 0 || requirement.Exception is not null, $"{requirement.Name} has neither a test nor an exception");
            Assert.All(requirement.Tests, test => Assert.Contains(test, Tests));
        });
        Assert.Equal(NatRequirement.All.Length, NatRequirement.All.Select(requirement => requirement.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("Rfc4787_")]
    [InlineData("Rfc5382_")]
    [InlineData("Rfc5508_")]
    [InlineData("Rfc6888_")]
    [InlineData("Rfc7857_")]
    public void Every_test_that_names_a_requirement_is_in_the_table_or_is_one_more_of_its_kind(string prefix)
    {
        // A test may name a requirement that another one is in the table for; it may not name one that no row has.
        string[] numbers = [.. NatRequirement.All.Where(row => prefix == $"Rfc{row.Rfc}_").Select(row => row.Id)];
        foreach (string test in Tests.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name[prefix.Length] == 'R'))
        {
            string number = new([.. test[(prefix.Length + 3)..].TakeWhile(char.IsAsciiDigit)]);
            Assert.Contains(numbers, id => id.Contains($"REQ-{number}", StringComparison.Ordinal) || id.Contains($", {number}", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(4787, 14)]
    [InlineData(5382, 10)]
    [InlineData(5508, 11)]
    [InlineData(6888, 15)]
    public void No_number_is_left_out(int rfc, int last)
    {
        string ids = string.Join(", ", NatRequirement.All.Where(row => row.Rfc == rfc).Select(row => row.Id)) + ",";
        Assert.All(Enumerable.Range(1, last), number => Assert.Matches($@"(REQ-|, ){number}[A-Ca-d]*,", ids));
    }

    [Fact]
    public void The_document_is_what_the_tables_say()
    {
        string made = Make();
        string path = Repository.File(Document);
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, made);
            Assert.Fail($"{Document} was written; read it, then run without WEFT_GOLDEN");
        }

        Assert.Equal(made, File.ReadAllText(path));
    }

    private static string Make()
    {
        var text = new StringBuilder();
        _ = text.Append("""
            # What the standards ask of a NAT

            <!-- Made by NatRequirementTests from NatRequirement.cs and kernel-nat.tsv: WEFT_GOLDEN=write renews it. -->

            Every numbered requirement of the standards for NATs, in a few words (the standard's own text counts), with the tests that hold
            `Weft.Nat` to it. The tests are in `conformance/Nat`; a test fails if one that is named here does not exist.

            *Kernel* is what nftables' masquerade does beside it, with its defaults, found out by `KernelNatTests` in network namespaces:

                dotnet test --project conformance -- -class Weft.Conformance.NatTests.KernelNatTests


            """);
        Dictionary<string, KernelFinding> kernel = KernelFinding.Read().ToDictionary(finding => finding.Requirement);
        foreach (IGrouping<int, NatRequirement> standard in NatRequirement.All.GroupBy(row => row.Rfc))
        {
            _ = text.Append($"## RFC {standard.Key}\n\n| | asks for | here | kernel |\n|---|---|---|---|\n");
            foreach (NatRequirement row in standard)
            {
                string here = string.Join("; ", [.. row.Tests.Length > 0 ? ["yes"] : Array.Empty<string>(), .. row.Exception is null ? Array.Empty<string>() : [row.Exception]]);
                string beside = kernel.TryGetValue(row.Name, out KernelFinding? finding) ? $"{finding.Verdict}: {finding.Observed}" : "";
                _ = text.Append($"| {row.Id} | {row.Asks} | {here} | {beside} |\n");
            }

            _ = text.Append('\n');
        }

        _ = text.Append("## The tests\n\n| requirement | tests |\n|---|---|\n");
        foreach (NatRequirement row in NatRequirement.All.Where(row => row.Tests.Length > 0))
        {
            _ = text.Append($"| {row.Name} | {string.Join("<br>", row.Tests.Select(test => $"`{test}`"))} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }
}
