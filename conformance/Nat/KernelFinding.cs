using Weft.Conformance.Support;

namespace Weft.Conformance.NatTests;

/// <summary>What the kernel's NAT does about a requirement.</summary>
/// <param name="Requirement">As <see cref="NatRequirement.Name"/> says.</param>
/// <param name="Verdict">yes, no or in part.</param>
/// <param name="Observed">What was seen.</param>
internal sealed record KernelFinding(string Requirement, string Verdict, string Observed)
{
    /// <summary>What was found when the table was made.</summary>
    public static IEnumerable<KernelFinding> Read() =>
        from line in File.ReadLines(Path)
        where !line.StartsWith('#')
        let columns = line.Split('\t')
        select new KernelFinding(columns[0], columns[1], columns[2]);

    /// <summary>Keeps what was found.</summary>
    public static void Write(IEnumerable<KernelFinding> findings) =>
        File.WriteAllLines(Path, ["# Made by KernelNatTests: WEFT_GOLDEN=write renews it.", .. findings.Select(finding => $"{finding.Requirement}\t{finding.Verdict}\t{finding.Observed}")]);

    private static string Path => Repository.File("conformance/Nat/kernel-nat.tsv");
}
