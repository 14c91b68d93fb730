package survey
import ("testing";"fmt";"os")
func TestDump(t *testing.T){
 d:=os.Getenv("DIRX"); if d=="" {t.Skip()}
 s,err:=Read(t.Context(),d); if err!=nil{t.Fatal(err)}
 for _,f:=range s.Files { if len(f.Oddities)>0 {fmt.Println("ODD",f.Path,f.Oddities)} }
 g:=Guess(s)
 for _,x:=range g.Seats { fmt.Printf("%-22s %-16s node=%-8s by=%-12s cert=%s%s key=%s conf=%s pub=%s\n",x.Role.Name,x.Machine,x.Node,x.By,x.Cert.Path,x.Cert.Field,x.Key.Path,x.Config.Path,x.Public.Path)}
}
